import { expect, test } from 'vitest'
import { type Frame, framesOf } from './sse.ts'

const bytes = new TextEncoder()

async function read(...chunks: Uint8Array[]): Promise<Frame[]> {
  const frames: Frame[] = []
  for await (const frame of framesOf(
    (async function* () {
      yield* chunks
    })(),
  ))
    frames.push(frame)
  return frames
}

const stream =
  ': heartbeat\r\n\r\nevent: a\r\nid: 1\r\nretry: 100\r\ndata: grüße 🌍\r\n\r\nevent: b\ndata: one\ndata:two\n\ndata:  spaced\r\r'
const frames = [
  { event: 'a', id: '1', data: 'grüße 🌍' },
  { event: 'b', id: '', data: 'one\ntwo' },
  { event: 'message', id: '', data: ' spaced' },
]

test('a stream reads the same wherever its bytes are cut', async () => {
  const whole = bytes.encode(stream)
  for (let at = 0; at <= whole.length; at += 1) expect(await read(whole.slice(0, at), whole.slice(at))).toEqual(frames)
  expect(await read(...Array.from(whole, (byte) => Uint8Array.of(byte)))).toEqual(frames)
})

test('frames without data, and the one the stream broke off in, are not there', async () => {
  expect(await read(bytes.encode('event: a\n\ndata: x\n\ndata: unfinished\n'))).toEqual([{ event: 'message', id: '', data: 'x' }])
})

test('a byte order mark and fields without a colon do no harm', async () => {
  expect(await read(bytes.encode('\uFEFFdata\nunknown\ndata: x\n\n'))).toEqual([{ event: 'message', id: '', data: '\nx' }])
})
