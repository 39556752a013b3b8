// What workers say about their steps arrives twice and more, late, out of order, on other workers' streams, and from workers that slept
// through many leases. Nothing may be doubled.
import { setTimeout as wait } from 'node:timers/promises'
import type { WorkerMessage } from '../../../src/contract/gen/worker.ts'
import { Load } from '../harness/load.ts'
import type { Random } from '../harness/random.ts'
import { Relay } from '../harness/relay.ts'
import { times, World } from '../harness/world.ts'
import { rowViolations } from '../invariants/database.ts'
import type { Findings, Length, Scenario } from './scenario.ts'

const slots = 16
const workers = 3
const minute = 60_000
/** From one cut of all streams to the next. */
const calm = { least: 500, most: 2_500 }

interface Course {
  overMs: number
  people: number
  /** How long a worker sleeps, each time. */
  asleepMs: number
}

const courseOf = (length: Length): Course =>
  length.form === 'short'
    ? { overMs: 12_000, people: 10, asleepMs: 3 * times.lease }
    : { overMs: (length.minutes ?? 3) * minute, people: 20, asleepMs: 45_000 }

/** While it rages: all streams are cut now and then. */
async function cutStreams(relays: readonly Relay[], random: Random, until: number): Promise<void> {
  while (Date.now() < until) {
    await wait(random.between(calm.least, calm.most))
    random.oneOf(relays).cut()
  }
}

/** One worker after the other sleeps so long that its tasks are others', and then goes on where it was. */
async function sleepers(world: World, random: Random, until: number, asleepMs: number): Promise<number> {
  let count = 0
  for (; Date.now() < until; count += 1) {
    await wait(random.between(200, 800))
    const sleeper = random.oneOf(world.workers)
    sleeper.signal('SIGSTOP')
    await wait(asleepMs)
    sleeper.signal('SIGCONT')
  }
  return count
}

async function rage(world: World, relays: readonly Relay[], random: Random, course: Course): Promise<Findings> {
  const load = new Load(world, random, { people: course.people, turns: 3, thinkMs: 200 })
  const until = Date.now() + course.overMs
  const [slept] = await Promise.all([sleepers(world, random, until, course.asleepMs), cutStreams(relays, random, until)])
  const { violations, sessions, messages } = await load.end()
  const sum = (what: keyof Relay['counts']) => relays.reduce((total, { counts }) => total + counts[what], 0)
  const figures = {
    messages,
    'said again': sum('said again'),
    'said late': sum('said late'),
    'answered again': sum('answered again'),
    'streams cut': sum('streams cut'),
    'workers that slept': slept,
  }
  const untried = Object.entries(figures).filter(([, count]) => count === 0)
  return {
    runs: sessions,
    violations: [...violations, ...(await rowViolations(world.db)), ...untried.map(([what]) => `${what}: never`)],
    recoveriesMs: [],
    figures,
  }
}

export const duplicates: Scenario = {
  name: 'duplicates: what workers say comes twice, late and from workers that slept',
  inSuite: true,
  async run(random, length) {
    const world = await World.open(2)
    const history: WorkerMessage[] = []
    const relays = await Promise.all(world.planes.map(({ grpc }) => Relay.open(grpc, random, history)))
    try {
      for (let n = 0; n < workers; n += 1) {
        const address = relays[n % relays.length]?.address
        await world.addWorker({ slots, ...(address ? { address } : {}) })
      }
      return await rage(world, relays, random, courseOf(length))
    } finally {
      await world.close()
      for (const relay of relays) relay.close()
    }
  },
}
