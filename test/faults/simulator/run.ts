// Runs one seed to its end: trouble for a while, then rest. The same seed gives the same run, so a failing one is run again to tell how
// it went.
import { restBreaches } from './watch/rest.ts'
import { World } from './world.ts'

export interface Outcome {
  /** Empty when every promise was kept. */
  breaches: string[]
  /** Virtual milliseconds. */
  tookMs: number
}

const longestRestMs = 90_000
/**
 * After everything is at rest: whatever comes late must change nothing; but a message whose sender gave up may only now be accepted, and
 * then its turn comes to rest too.
 */
const afterwardsMs = 2_200

/** Runs share one process: each begins later than the one before, so that ids keep growing. */
let nextStartMs = Date.UTC(2026, 0, 1)

/** `trace` is given a line for everything that happens. */
export async function run(seed: number, trace: string[] | null = null): Promise<Outcome> {
  const startMs = nextStartMs
  nextStartMs += 3_600_000
  const world = new World({ seed, startMs, trace })
  const uninstall = world.clock.install()
  try {
    const breaches = await live(world)
    return { breaches, tookMs: Math.round(world.clock.now - startMs) }
  } finally {
    uninstall()
  }
}

async function live(world: World): Promise<string[]> {
  const { clock, random, users, trouble, watch } = world
  world.open()
  const busyMs = random.between(1_500, 4_500)
  for (const user of users) user.plan(busyMs)
  trouble.begin(busyMs)
  await clock.passUntil(() => false, busyMs)
  for (const quietMs of [afterwardsMs, 0]) {
    const rests = await clock.passUntil(atRest(world), longestRestMs)
    if (!rests) return [...watch.breaches, `it does not come to rest: ${restless(world).join('; ')}`]
    await clock.passUntil(() => false, quietMs)
  }
  return [...watch.breaches, ...restBreaches(world)]
}

/** Looked at this often, not after every event. */
const lookMs = 50

function atRest(world: World): () => boolean {
  let next = 0
  return () => {
    if (world.clock.now < next) return false
    next = world.clock.now + lookMs
    return restless(world).length === 0
  }
}

function restless({ users, workers, database, planes, clock }: World): string[] {
  const live = [...database.tables.heads.values()].filter(({ liveTurn }) => liveTurn !== null)
  return [
    ...users.filter(({ isDone }) => !isDone).map(({ actor }) => `${actor.name} waits`),
    ...live.map(({ liveTurn }) => `turn ${liveTurn} lives`),
    ...workers
      .filter(({ loop, actor }) => !actor.alive || loop.running().length > 0)
      .map(({ actor }) => `${actor.name} is not idle`),
    ...workers
      .filter(({ incarnation }) => !planes.some(({ engine }) => engine.streams.get(incarnation)))
      .map(({ actor }) => `${actor.name} is not connected`),
    ...planes.filter(({ actor }) => !actor.alive).map(({ actor }) => `${actor.name} is gone`),
    ...[...planes, ...workers].filter(({ actor }) => actor.pausedUntil > clock.now).map(({ actor }) => `${actor.name} sleeps`),
  ]
}
