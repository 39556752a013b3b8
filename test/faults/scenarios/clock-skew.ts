// Workers and one of two control planes have wrong clocks: an hour, five minutes, set anew in the middle of a turn, or far too fast or
// slow. Only PostgreSQL's clock counts: nothing is reclaimed early, nothing later than usual, and every time that is shown is its time.
import { setTimeout as wait } from 'node:timers/promises'
import { beginCourse } from '../harness/course.ts'
import { beginEverySecond } from '../harness/every-second.ts'
import type { Random } from '../harness/random.ts'
import { fullTurn, turnMs } from '../harness/script.ts'
import { times, World } from '../harness/world.ts'
import { WrongClock } from '../harness/wrong-clock.ts'
import { rowViolations } from '../invariants/database.ts'
import type { Evidence } from '../invariants/evidence.ts'
import type { Findings, Scenario } from './scenario.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const offsets = [-hourMs, -5 * minuteMs, 5 * minuteMs, hourMs]
/** So many times as fast as time. */
const drifts = [-200, 200]
/** Two clocks of one machine, read by two processes. */
const toleranceMs = 50
/** What a worker gathers before it sends is shown with its own age, behind what was stored meanwhile. */
const gatherMs = 1_000
const repeats = { short: 1, long: 8 }
const slots = 20
/** What a begun step waits for, and what moving on may take. */
const allowedMs = times.lease + 2_000

interface Clocks {
  plane: WrongClock
  workers: readonly WrongClock[]
}

interface Trouble {
  /** Before the message is posted. */
  before(clocks: Clocks): Promise<void>
  /** At a moment of the turn. */
  during(clocks: Clocks, random: Random): Promise<void>
}

const setAll = async ({ plane, workers }: Clocks, planeMs: number, workerMs: readonly number[]): Promise<void> => {
  await Promise.all([plane.set(planeMs), ...workers.map((clock, n) => clock.set(workerMs[n] ?? 0))])
}
const nothing = async (): Promise<void> => {}

const troubles: Record<string, Trouble> = {
  ahead: { before: (clocks) => setAll(clocks, 5 * minuteMs, [hourMs, -hourMs]), during: nothing },
  behind: { before: (clocks) => setAll(clocks, -5 * minuteMs, [-hourMs, hourMs]), during: nothing },
  jump: {
    before: (clocks) => setAll(clocks, 0, [0, 0]),
    during: (clocks, random) => setAll(clocks, random.oneOf(offsets), [random.oneOf(offsets), random.oneOf(offsets)]),
  },
  drift: {
    before: (clocks) => setAll(clocks, 0, [0, 0]),
    during: async ({ plane, workers }, random) => {
      await Promise.all([plane, ...workers].map((clock) => clock.drift(random.oneOf(drifts), 2 * turnMs)))
    },
  },
}

export const clockSkew: Scenario = {
  name: 'clock-skew: workers and one of two control planes tell the wrong time',
  inSuite: false,
  async run(random, { form }) {
    const [plane, ...workers] = await Promise.all([0, 0, 0].map((offByMs) => WrongClock.make(offByMs)))
    if (!plane) throw new Error('no clock was made')
    const world = await World.open(2, { planeLaunch: (n) => (n === 0 ? plane.launch : {}) })
    try {
      await addWorkers(world, workers)
      return await tryAll(world, { plane, workers }, random, repeats[form])
    } finally {
      await world.close()
      await Promise.all([plane, ...workers].map((clock) => clock.close()))
    }
  },
}

async function addWorkers(world: World, clocks: readonly WrongClock[]): Promise<void> {
  for (const [n, { launch }] of clocks.entries()) {
    await world.addWorker({ slots, launch, address: world.planes[n % world.planes.length]?.grpc ?? '' })
  }
}

async function tryAll(world: World, clocks: Clocks, random: Random, count: number): Promise<Findings> {
  const findings = { runs: 0, violations: [] as string[], recoveriesMs: [] as number[] }
  const turnsMs: number[] = []
  const schedule = await beginEverySecond(world)
  for (const [name, trouble] of Object.entries(troubles)) {
    for (let n = 0; n < count; n += 1) {
      const since = Date.now()
      await trouble.before(clocks)
      const course = await beginCourse(world, fullTurn(random))
      await wait(random.between(0, turnMs))
      await trouble.during(clocks, random)
      const problems = await course.settle((evidence) => [...notRunAgain(evidence), ...onTime(evidence, since)])
      findings.violations.push(...problems.map((problem) => `${name}: ${problem}`))
      turnsMs.push(lengthOf(course.reader.events))
      findings.runs += 1
    }
  }
  for (let n = 0; n < count; n += 1) {
    const { violations, recoveryMs } = await oneDies(world, clocks, random)
    findings.violations.push(...violations.map((problem) => `death: ${problem}`))
    if (recoveryMs !== null) findings.recoveriesMs.push(recoveryMs)
    findings.runs += 1
  }
  const fired = await schedule.end()
  findings.violations.push(...fired.violations, ...(await rowViolations(world.db)))
  const longest = Math.max(...turnsMs)
  return { ...findings, figures: { 'longest turn, ms': longest, 'times a schedule of every second was due': fired.slots } }
}

const lengthOf = (events: readonly { ts: string }[]): number =>
  Date.parse(events.at(-1)?.ts ?? '') - Date.parse(events[0]?.ts ?? '')

const notRunAgain = ({ tasks }: Evidence): string[] =>
  tasks.filter(({ attempt }) => attempt !== 1).map(({ key, attempt }) => `task ${key} took ${attempt} attempts`)

/** Every time that is shown is the database's, which is this machine's. What gathered before it was sent may be a little older. */
function onTime({ events, messages }: Evidence, since: number): string[] {
  const told = [...messages, ...events.flatMap(({ data }) => data.message ?? [])]
  const shown = [
    ...events.map(({ ts, type }) => ({ what: type, at: Date.parse(ts) })),
    ...told.map(({ created_at, role }) => ({ what: `a message of ${role}`, at: Date.parse(created_at ?? '') })),
  ]
  const wrong = shown.filter(({ at }) => !(at >= since - toleranceMs && at <= Date.now() + toleranceMs))
  const backwards = events.filter(({ ts }, n) => Date.parse(ts) < Date.parse(events[n - 1]?.ts ?? ts) - gatherMs)
  return [
    ...wrong.map(({ what, at }) => `${what} is said to be ${Math.round(at - since)} ms after the beginning`),
    ...backwards.map(({ type, sequence }) => `${type}, number ${sequence}, is earlier than the event before it`),
  ]
}

/** A worker whose clock is wrong dies in the middle of a turn: it is noticed as soon as any other. */
async function oneDies(
  world: World,
  clocks: Clocks,
  random: Random,
): Promise<{ violations: string[]; recoveryMs: number | null }> {
  await setAll(clocks, random.oneOf(offsets), [random.oneOf(offsets), random.oneOf(offsets)])
  const course = await beginCourse(world, fullTurn(random))
  await wait(random.between(0, turnMs))
  const since = Date.now()
  await world.killWorkers()
  await addWorkers(world, clocks.workers)
  const readyMs = Date.now() - since
  const violations = await course.settle()
  const next = course.reader.events.find(({ at, ts }) => at > since && Date.parse(ts) > since)
  const recoveryMs = next ? next.at - since : null
  if ((recoveryMs ?? 0) > Math.max(readyMs, times.lease) + allowedMs) violations.push(`recovery took ${recoveryMs} ms`)
  return { violations, recoveryMs }
}
