// Three workers and two control planes, of which one at random is killed every few seconds and started again, while people work.
import { setTimeout as wait } from 'node:timers/promises'
import { Load, type LoadWish } from '../harness/load.ts'
import type { Random } from '../harness/random.ts'
import { World } from '../harness/world.ts'
import { rowViolations } from '../invariants/database.ts'
import type { Findings, Length, Scenario } from './scenario.ts'

const workers = 3
const slots = 16
/** From one death to the next; milliseconds. */
const calm = { least: 2_000, most: 5_000 }
const minute = 60_000

interface Course {
  overMs: number
  load: LoadWish
}

/** In the long form a person has ten sessions: a thousand in all. */
const courseOf = (length: Length): Course => {
  if (length.form === 'short') return { overMs: 10_000, load: { people: 20, turns: 3, thinkMs: 400 } }
  return { overMs: (length.minutes ?? 10) * minute, load: { people: 100, turns: 5, thinkMs: 20_000 } }
}

export const storm: Scenario = {
  name: 'storm: a worker or a control plane is killed every few seconds',
  inSuite: true,
  async run(random, length) {
    const world = await World.open(2)
    try {
      const addresses = await world.balancers()
      for (let n = 0; n < workers; n += 1) await world.addWorker({ slots, address: addresses[n % addresses.length] })
      return await rage(world, random, courseOf(length))
    } finally {
      await world.close()
    }
  },
}

async function rage(world: World, random: Random, { overMs, load: wish }: Course): Promise<Findings> {
  const load = new Load(world, random, wish)
  let deaths = 0
  for (const until = Date.now() + overMs; Date.now() < until; deaths += 1) {
    await wait(random.between(calm.least, calm.most))
    await killOne(world, random)
  }
  const since = Date.now()
  const { violations, sessions, messages, connections } = await load.end()
  const restMs = Date.now() - since
  const figures = { deaths, messages, 'connections of readers': connections, 'everything at rest after, ms': restMs }
  return { runs: sessions, violations: [...violations, ...(await rowViolations(world.db))], recoveriesMs: [], figures }
}

async function killOne(world: World, random: Random): Promise<void> {
  const place = random.between(0, world.planes.length + world.workers.length - 1)
  const plane = world.planes[place]
  if (plane) {
    await plane.child.kill()
    await world.restart(plane)
    return
  }
  await world.workers[place - world.planes.length]?.kill()
  world.forgetDead()
  await world.addWorker({ slots, address: random.oneOf(await world.balancers()) })
}
