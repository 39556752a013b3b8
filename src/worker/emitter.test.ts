import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { draft } from '../contract/events/index.ts'
import { GatheringEmitter } from './emitter.ts'
import { aged, type StampedEvent } from './stamped-event.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** An emitter whose flushes are kept, on the test's clock. */
function emitting() {
  const flushes: { at: number; events: StampedEvent[] }[] = []
  let held = 0
  const start = Date.now()
  const now = () => Date.now() - start
  const emit: GatheringEmitter = new GatheringEmitter({
    now,
    flush: () => flushes.push({ at: now(), events: emit.take() }),
    gathered: (bytes) => {
      held += bytes
    },
    room: async () => {},
  })
  const say = (delta: string, stream = 'answer') =>
    emit.piece(stream, delta, (piece, offset) =>
      draft('output.message.delta', { turn_id: 't', message_id: stream, delta: piece, offset }),
    )
  const pieces = (events: StampedEvent[]) =>
    events.map((event) => {
      const { message_id, delta, offset } = JSON.parse(event.draft.data)
      return [message_id, delta, offset]
    })
  return { emit, flushes, say, pieces, now, held: () => held }
}

test('what is said in one moment goes out together, a linger later', () => {
  const { emit, flushes } = emitting()
  emit.event('reason.thinking.started', { turn_id: 't' })
  vi.advanceTimersByTime(3)
  emit.event('reason.thinking.completed', { turn_id: 't', thinking: '' })
  expect(flushes).toEqual([])
  vi.advanceTimersByTime(1)
  expect(flushes.map(({ at, events }) => [at, events.length])).toEqual([[4, 2]])
})

test('a step that ends within the linger has everything to give to its finish', () => {
  const { emit, flushes, say, pieces } = emitting()
  say('Hel')
  say('lo')
  expect(pieces(emit.take(true))).toEqual([['answer', 'Hello', 0]])
  vi.advanceTimersByTime(1_000)
  expect(flushes).toEqual([])
})

test('the older the text, the longer its pieces gather', () => {
  const { flushes, say } = emitting()
  for (let ms = 0; ms < 20_000; ms += 5) {
    say('x')
    vi.advanceTimersByTime(5)
  }
  const gaps = flushes.map(({ at }, n) => at - (flushes[n - 1]?.at ?? 0))
  expect(gaps[0]).toBe(4)
  expect(gaps[1]).toBeGreaterThanOrEqual(30)
  expect(gaps[1]).toBeLessThan(40)
  expect(gaps.at(-1)).toBeGreaterThanOrEqual(250)
  expect(gaps.at(-1)).toBeLessThan(260)
  expect(flushes.length).toBeLessThan(150)
})

test('a first piece after a silence is not held back', () => {
  const { emit, flushes, say } = emitting()
  emit.event('reason.thinking.started', { turn_id: 't' })
  vi.advanceTimersByTime(1_000)
  say('first')
  vi.advanceTimersByTime(4)
  expect(flushes.map(({ at }) => at)).toEqual([4, 1_004])
})

test('pieces keep their place among other events, and each text its own offsets', () => {
  const { emit, say } = emitting()
  say('a', 'one')
  say('b', 'two')
  say('c', 'one')
  emit.event('reason.thinking.started', { turn_id: 't' })
  say('d', 'one')
  const seen = emit.take(true).map(({ draft: { type, data } }) => {
    const { message_id, delta, offset } = JSON.parse(data)
    return type === 'output.message.delta' ? `${message_id}:${delta}@${offset}` : type
  })
  expect(seen).toEqual(['one:a@0', 'two:b@0', 'one:c@1', 'reason.thinking.started', 'one:d@2'])
})

test('a character that comes in two halves is not torn', () => {
  const { emit, say, pieces } = emitting()
  say('ok \ud83d')
  expect(pieces(emit.take())).toEqual([['answer', 'ok ', 0]])
  say('\ude00!')
  expect(pieces(emit.take())).toEqual([['answer', '\ud83d\ude00!', 3]])
})

test('events know how long ago they happened, also when they are sent later', () => {
  const { emit } = emitting()
  emit.event('reason.thinking.started', { turn_id: 't' })
  const events = emit.take()
  expect(aged(events, 0)[0]?.agoMs).toBeUndefined()
  expect(aged(events, 12.4)[0]?.agoMs).toBe(12)
})

test('after close nothing is taken and no timer stands', () => {
  const { emit, flushes, say } = emitting()
  say('gone')
  emit.close()
  say('late')
  emit.event('reason.thinking.started', { turn_id: 't' })
  vi.advanceTimersByTime(1_000)
  expect(flushes).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})

test('text that waits is counted as held', () => {
  const { emit, say, held } = emitting()
  say('x'.repeat(1_000))
  expect(held()).toBe(1_000)
  const [event] = emit.take(true)
  expect(held()).toBe(event?.bytes)
})
