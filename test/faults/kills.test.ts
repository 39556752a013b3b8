// A worker or a control plane is killed at every named place. The whole suite of them, many times over: npm run test:faults.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { World } from './harness/world.ts'
import { points } from './points.ts'
import { repeatPoint, seedsFrom } from './repeat.ts'
import { failedSeeds, firstSeed } from './seeds.ts'

const runs = 2
let world: World
beforeAll(async () => {
  world = await World.open()
}, 60_000)
afterAll(() => world.close(), 60_000)

const kills = points.filter((point) => point.suite === 'kills')

test.each(kills)(`$name (FAULT_SEED=${firstSeed})`, { timeout: 120_000 }, async (point) => {
  const { violations } = await repeatPoint(world, point, [
    ...failedSeeds(point.name),
    ...seedsFrom(firstSeed, point.suiteRuns ?? runs),
  ])
  expect(violations).toEqual([])
})
