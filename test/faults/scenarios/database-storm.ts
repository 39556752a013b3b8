// PostgreSQL breaks down every few seconds, as after a power cut, and stays away for up to two more, while people work.
import { setTimeout as wait } from 'node:timers/promises'
import { Load } from '../harness/load.ts'
import type { Random } from '../harness/random.ts'
import { World } from '../harness/world.ts'
import { rowViolations } from '../invariants/database.ts'
import type { Findings, Length, Scenario } from './scenario.ts'

const slots = 32
/** From one return to the next stop; milliseconds. */
const calm = { least: 5_000, most: 10_000 }
const longestAwayMs = 2_000
const minute = 60_000

const overMs = (length: Length): number => (length.form === 'short' ? 12_000 : (length.minutes ?? 5) * minute)

export const databaseStorm: Scenario = {
  name: 'storm: PostgreSQL breaks down every few seconds',
  inSuite: false,
  async run(random, length) {
    const world = await World.open(2)
    try {
      for (const address of await world.balancers()) await world.addWorker({ slots, address })
      return await rage(world, random, overMs(length))
    } finally {
      await world.close()
    }
  },
}

async function rage(world: World, random: Random, forMs: number): Promise<Findings> {
  const load = new Load(world, random, { people: 40, turns: 5, thinkMs: 500 })
  let stops = 0
  for (const until = Date.now() + forMs; Date.now() < until; stops += 1) {
    await wait(random.between(calm.least, calm.most))
    await world.postgres.stopImmediately()
    await wait(random.between(0, longestAwayMs))
    await world.postgres.start()
  }
  const since = Date.now()
  const { violations, sessions, messages, connections } = await load.end()
  const restMs = Date.now() - since
  const figures = { stops, messages, 'connections of readers': connections, 'everything at rest after, ms': restMs }
  return { runs: sessions, violations: [...violations, ...(await rowViolations(world.db))], recoveriesMs: [], figures }
}
