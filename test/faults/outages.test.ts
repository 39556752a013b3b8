// What everything stands on goes away for a while: the database, one of two control planes, the all-in-one process. And messages
// that arrive in the moment in which a turn ends.
import { afterEach, expect, test } from 'vitest'
import { DevHouse } from './harness/dev.ts'
import { raceMessages } from './harness/race.ts'
import { seeded } from './harness/random.ts'
import { World } from './harness/world.ts'
import { points } from './points.ts'
import { repeatDev, repeatPoint, seedsFrom } from './repeat.ts'
import { failedSeeds, firstSeed } from './seeds.ts'

const runs = 2
const timeout = 120_000
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
}, 60_000)

async function open<T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> {
  const opened = await opening
  closing.push(() => opened.close())
  return opened
}

for (const planes of [1, 2] as const) {
  const outages = points.filter((point) => point.suite === 'outages' && point.planes === planes)
  test(`${outages.map(({ name }) => name).join(' · ')} (FAULT_SEED=${firstSeed})`, { timeout }, async () => {
    const world = await open(World.open(planes))
    for (const point of outages) {
      const { violations } = await repeatPoint(world, point, [
        ...failedSeeds(point.name),
        ...seedsFrom(firstSeed, point.suiteRuns ?? runs),
      ])
      expect(violations).toEqual([])
    }
  })
}

test('the all-in-one process is killed, and the next one adopts its database', { timeout }, async () => {
  const house = await open(DevHouse.open())
  expect((await repeatDev(house, seedsFrom(firstSeed, runs))).violations).toEqual([])
})

test('messages that race the last hand-off of a turn are answered exactly once each', { timeout }, async () => {
  const world = await open(World.open())
  await world.addWorker({ slots: 50 })
  const { violations, steered, amidst, messages } = await raceMessages(world, seeded(firstSeed), 1_000)
  expect(violations).toEqual([])
  expect(steered).toBeGreaterThan(0)
  expect(steered).toBeLessThan(messages)
  expect(amidst).toBeGreaterThan(0)
})
