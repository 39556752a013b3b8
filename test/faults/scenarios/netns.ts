// A worker on a host of its own whose cable is unplugged: shorter than a lease, for seconds, for minutes, or with a loose contact. Packets
// are simply lost; no connection is told. Somebody else does its work, what it says afterwards about lost tasks counts for nothing, and
// it is back at work soon after its cable.
import { setTimeout as wait } from 'node:timers/promises'
import { beginCourse, quantile } from '../harness/course.ts'
import { FarHost } from '../harness/far-host.ts'
import type { Random } from '../harness/random.ts'
import { fullTurn, turnMs } from '../harness/script.ts'
import { times, World } from '../harness/world.ts'
import { rowViolations } from '../invariants/database.ts'
import type { Evidence } from '../invariants/evidence.ts'
import type { Findings, Scenario } from './scenario.ts'

interface Trouble {
  name: string
  short: number
  long: number
  strike(host: FarHost): Promise<void>
  /**
   * Nothing may have been run again. A real connection is silent for up to twice as long as its cable was out: TCP waits twice as long
   * before each time it sends anew.
   */
  isHarmless?: boolean
}

const unplugged = async (host: FarHost, forMs: number): Promise<void> => {
  await host.unplug()
  await wait(forMs)
  await host.plug()
}

const troubles: readonly Trouble[] = [
  { name: 'a quarter of a lease', short: 1, long: 8, strike: (host) => unplugged(host, times.lease / 4), isHarmless: true },
  { name: '5 s', short: 1, long: 8, strike: (host) => unplugged(host, 5_000) },
  { name: '30 s', short: 0, long: 3, strike: (host) => unplugged(host, 30_000) },
  { name: '90 s', short: 0, long: 1, strike: (host) => unplugged(host, 90_000) },
  { name: 'loose contact, a quarter lost', short: 0, long: 8, strike: (host) => host.loosen(3_000, 50, 150) },
]

const slots = { far: 50, near: 8 }
/** What a lease that has just been renewed still has, what the sweep needs, and the work itself. */
const takenOverMs = times.lease + times.grace + 2_000
/** From the cable's being back to the worker's being back. */
const backMs = 15_000

export const netns: Scenario = {
  name: 'netns: the cable of a worker’s host is unplugged, half a second to 90 s',
  inSuite: false,
  async run(random, { form }) {
    const host = await FarHost.open()
    const grpc = `${host.ourAddress}:0`
    const world = await World.open(1, { settings: { SERVER_GRPC_BIND_ADDR: grpc } })
    try {
      const address = `${host.ourAddress}:${new URL(`http://${world.planes[0]?.grpc}`).port}`
      await world.addWorker({ slots: slots.far, address, launch: host.launch, name: farName })
      await world.addWorker({ slots: slots.near, address })
      return await unplugAgainAndAgain(world, host, random, form)
    } finally {
      await world.close()
      await host.close()
    }
  },
}

const farName = 'far'

async function unplugAgainAndAgain(world: World, host: FarHost, random: Random, form: 'short' | 'long'): Promise<Findings> {
  const findings = { runs: 0, violations: [] as string[], recoveriesMs: [] as number[] }
  const backsMs: number[] = []
  const figures: Record<string, number> = {}
  for (const trouble of troubles) {
    for (let n = 0; n < trouble[form]; n += 1) {
      const tried = await tryOnce(world, host, random, trouble)
      findings.runs += 1
      findings.violations.push(...tried.violations.map((problem) => `${trouble.name}: ${problem}`))
      if (tried.recoveryMs !== null && !trouble.isHarmless) findings.recoveriesMs.push(tried.recoveryMs)
      const what = `run again, ${trouble.name}`
      figures[what] = (figures[what] ?? 0) + tried.runAgain
      if (tried.runAgain > 0) backsMs.push(tried.backMs)
    }
  }
  if (!figures['run again, 5 s']) findings.violations.push('no task was taken from a worker that was away for 5 s')
  findings.violations.push(...(await rowViolations(world.db)))
  return {
    ...findings,
    figures: { ...figures, 'worker back p50, ms': quantile(backsMs, 0.5), 'at most, ms': Math.max(0, ...backsMs) },
  }
}

async function tryOnce(world: World, host: FarHost, random: Random, trouble: Trouble) {
  const course = await beginCourse(world, fullTurn(random))
  await wait(random.between(0, turnMs))
  const since = Date.now()
  const troubled = trouble.strike(host)
  let runAgain = 0
  const violations = await course.settle((evidence) => {
    const again = attemptsBeyondFirst(evidence)
    runAgain = again.length
    return trouble.isHarmless ? again : []
  })
  await troubled
  const back = await isBack(world)
  if (back > backMs) violations.push(`the worker was not back ${back} ms after its cable`)
  const next = course.reader.events.find(({ at, ts }) => at > since && Date.parse(ts) > since)
  const recoveryMs = next ? next.at - since : null
  if ((recoveryMs ?? 0) > takenOverMs) violations.push(`the turn went on after ${recoveryMs} ms only`)
  return { violations, recoveryMs, runAgain, backMs: back }
}

const attemptsBeyondFirst = ({ tasks }: Evidence): string[] =>
  tasks.filter(({ attempt }) => attempt !== 1).map(({ key, attempt }) => `task ${key} took ${attempt} attempts`)

/** Until the far worker has a lease again; answers how long that took. */
async function isBack({ db }: World): Promise<number> {
  const since = Date.now()
  for (;;) {
    const found = await db.query(
      `select from workers where name = $1 and accepting and lease_until > clock_timestamp() + $2 * interval '1 ms'`,
      [farName, times.lease / 4],
    )
    const tookMs = Date.now() - since
    if (found.rowCount || tookMs > 4 * backMs) return tookMs
    await wait(50)
  }
}
