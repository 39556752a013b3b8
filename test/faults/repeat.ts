// Runs one point again and again, each time with the next seed, and adds up what happened.
import { type DevHouse, devDies } from './harness/dev.ts'
import type { House } from './harness/house.ts'
import { seeded } from './harness/random.ts'
import { type Outcome, runOnce } from './harness/run.ts'
import { builtInTurn } from './harness/script.ts'
import type { World } from './harness/world.ts'
import { rowViolations } from './invariants/database.ts'
import type { Point } from './points.ts'

export interface Tally {
  runs: number
  /** Each begins with the seed that shows it. */
  violations: string[]
  recoveriesMs: number[]
}

/** A run that missed its place is made anew with another seed, this often. */
const maxMisses = 5
/** Far from the seeds of other runs. */
const missStep = 1_000_003

async function untilHit(run: (seed: number) => Promise<Outcome>, seed: number): Promise<Outcome> {
  for (let miss = 0; miss < maxMisses; miss += 1) {
    const outcome = await run(seed + miss * missStep)
    if (!outcome.missed) return outcome
  }
  return { violations: ['the place of death was never passed'], recoveryMs: null }
}

async function repeat(house: House, seeds: readonly number[], run: (seed: number) => Promise<Outcome>): Promise<Tally> {
  const tally: Tally = { runs: 0, violations: [], recoveriesMs: [] }
  for (const seed of seeds) {
    const { violations, recoveryMs } = await untilHit(run, seed)
    tally.runs += 1
    tally.violations.push(...violations.map((problem) => `seed ${seed}: ${problem}`))
    if (recoveryMs !== null) tally.recoveriesMs.push(recoveryMs)
  }
  tally.violations.push(...(await rowViolations(house.db)).map((problem) => `after seed ${seeds.at(-1)}: ${problem}`))
  return tally
}

export const repeatPoint = (world: World, point: Point, seeds: readonly number[]): Promise<Tally> =>
  repeat(world, seeds, (seed) => {
    const random = seeded(seed)
    return point.run(world, random)
  })

/** The all-in-one process, killed and started again. */
export const repeatDev = (house: DevHouse, seeds: readonly number[]): Promise<Tally> =>
  repeat(house, seeds, (seed) => {
    const random = seeded(seed)
    return runOnce(house, random, builtInTurn(), devDies(house, random))
  })

/** So many seeds from `first` on. */
export const seedsFrom = (first: number, count: number): number[] => Array.from({ length: count }, (_, n) => first + n)
