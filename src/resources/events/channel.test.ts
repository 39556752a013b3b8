// What happens between two events of one run: a fill takes its time, and readers come and go meanwhile.
import { expect, test } from 'vitest'
import type { StoredEvent } from '../../contract/events/index.ts'
import { eventId, newId } from '../../contract/ids.ts'
import { Channel, type Reader } from './channel.ts'
import type { WireEvent } from './feed.ts'

const sessionId = newId()
const stored = (sequence: number): StoredEvent => ({
  sessionId,
  orgId: newId(),
  sequence,
  id: eventId(sequence),
  type: 'input.message',
  ts: 0,
  turnId: null,
  execId: null,
  data: '{}',
  extra: null,
})

const log = [1, 2, 3, 4].map(stored)

/** A channel whose event 2 is filled when the test says so. */
function slowChannel() {
  let fill = () => {}
  let filling = () => {}
  const isFilling = new Promise<void>((resolve) => {
    filling = resolve
  })
  const filled = new Promise<void>((resolve) => {
    fill = resolve
  })
  const wire = ({ sequence, type }: StoredEvent): WireEvent => ({ sequence, id: '', type, text: '' })
  const channel = new Channel(sessionId, {
    filler: {
      observe: () => {},
      fill(event) {
        if (event.sequence !== 2) return wire(event)
        filling()
        return filled.then(() => wire(event))
      },
    },
    readLog: async (after, limit) => log.filter(({ sequence }) => sequence > after).slice(0, limit),
    failed: (error) => {
      throw error
    },
  })
  return { channel, isFilling, fill: () => fill() }
}

/** Reads on from a sequence; `done` resolves with everything it was given once it has the last event. */
function readerFrom(channel: Channel, after: number, takesAll = true) {
  const given: number[] = []
  let done = (_: number[]) => {}
  const all = new Promise<number[]>((resolve) => {
    done = resolve
  })
  const reader: Reader = {
    watch: { sessionId, orgId: newId(), after, wants: () => true },
    sink: {
      write({ sequence }) {
        given.push(sequence)
        if (sequence === log.length) done(given)
        return takesAll || sequence !== 1
      },
      end: () => {},
    },
    cursor: after,
    current: true,
    stalled: false,
    missed: 0,
    closed: false,
  }
  channel.readers.add(reader)
  return { reader, all }
}

test('a reader that comes while an event before its next one is being written misses none', async () => {
  const { channel, isFilling, fill } = slowChannel()
  const first = readerFrom(channel, 0)
  channel.feed(log)
  await isFilling
  const late = readerFrom(channel, 1)
  fill()
  expect(await first.all).toEqual([1, 2, 3, 4])
  expect(await late.all).toEqual([2, 3, 4])
})

test.each(['fed', 'read from the log'])(
  'a reader that was full and resumes in the middle of what is %s misses none',
  async (how) => {
    const { channel, isFilling, fill } = slowChannel()
    const first = readerFrom(channel, 0)
    const full = readerFrom(channel, 0, false)
    if (how === 'fed') channel.feed(log)
    else channel.reach(log.length)
    await isFilling
    full.reader.stalled = false
    fill()
    expect(await first.all).toEqual([1, 2, 3, 4])
    expect(await full.all).toEqual([1, 2, 3, 4])
  },
)
