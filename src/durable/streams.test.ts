import { expect, test } from 'vitest'
import { newId, type Uuid } from '../contract/ids.ts'
import { type Stream, Streams } from './streams.ts'

const stream = (incarnation: Uuid, aliveAt: number): Stream => ({
  hello: {
    incarnation,
    name: 'worker',
    group: null,
    kinds: ['count'],
    capacity: 4,
    inProcess: false,
    stream: 1,
    hostname: 'test',
    version: '0',
    running: [],
  },
  epoch: 1,
  credit: 4,
  draining: false,
  accepting: true,
  beat: null,
  aliveAt,
  assigned: new Map(),
  memory: new Map(),
  send: () => {},
})

test('a worker without a beat for too long is given nothing until its lease is renewed', () => {
  let now = 0
  const streams = new Streams({ silentMs: 100, clock: () => now })
  const [asleep, awake] = [newId(), newId()]
  const sleeper = stream(asleep, 0)
  streams.add(sleeper)
  streams.add({ ...stream(awake, 150), credit: 1 })
  now = 150
  expect(streams.freeSlots(10)).toEqual([{ release: 'count', incarnations: [awake], kinds: ['count'] }])
  expect(streams.place('count')).toBe(awake)
  expect(streams.place('count')).toBeNull()
  streams.beat(sleeper, 0, true)
  expect(streams.place('count')).toBeNull()
  expect(streams.renewed(streams.beaten(), now)).toBe(true)
  expect(streams.beaten()).toEqual([])
  expect(streams.place('count')).toBe(asleep)
})

test('a worker that beats in time is given tasks while no beat can be stored', () => {
  let now = 0
  const streams = new Streams({ silentMs: 100, clock: () => now })
  const alive = stream(newId(), 0)
  streams.add(alive)
  for (; now <= 300; now += 50) streams.beat(alive, 0, true)
  expect(streams.place('count')).toBe(alive.hello.incarnation)
  expect(streams.beaten()).toMatchObject([{ stream: alive }])
  expect(streams.renewed(streams.beaten(), now)).toBe(false)
})

test('of many workers each gets its share, and the last free slot is found', () => {
  const streams = new Streams({ silentMs: 100, clock: () => 0 })
  for (let n = 0; n < 100; n += 1) streams.add(stream(newId(), 0))
  const placed = new Map<Uuid | null, number>()
  for (let n = 0; n < 400; n += 1) {
    const holder = streams.place('count')
    placed.set(holder, (placed.get(holder) ?? 0) + 1)
  }
  expect([...placed.values()]).toEqual(Array(100).fill(4))
  expect(streams.place('count')).toBeNull()
})
