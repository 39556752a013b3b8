// The network between a worker and its control plane fails: for less than a lease, for much more, or in ways that only hurt a
// connection. A worker that was silent too long has lost its tasks, whatever it says afterwards.
import { setTimeout as wait } from 'node:timers/promises'
import { beginCourse } from '../harness/course.ts'
import { type Mode, Network, placeOf } from '../harness/proxy.ts'
import type { Random } from '../harness/random.ts'
import { fullTurn, turnMs } from '../harness/script.ts'
import { times, World } from '../harness/world.ts'
import type { Evidence } from '../invariants/evidence.ts'
import type { Findings, Scenario } from './scenario.ts'

interface Trouble {
  mode(random: Random): Mode
  forMs: number
  /** It is over before the turn begins. */
  isBefore?: boolean
  check?(evidence: Evidence): string[]
}

/** What is lost is at most a beat and what gathers beats; the rest of the lease is for the network. */
const shortMs = times.lease / 2
const longMs = 3 * times.lease
const slots = { behindProxy: 50, beside: 8 }
const silent = (): Mode => ({ kind: 'silent' })

const notRunAgain = ({ tasks }: Evidence): string[] =>
  tasks.filter(({ attempt }) => attempt !== 1).map(({ key, attempt }) => `task ${key} took ${attempt} attempts`)

const troubles: Record<'short' | 'long' | 'lease' | 'back' | 'slow' | 'cut', Trouble> = {
  short: { mode: silent, forMs: shortMs, check: notRunAgain },
  lease: { mode: silent, forMs: times.lease },
  long: { mode: silent, forMs: longMs },
  // Its worker has most slots again, and a lease that ended.
  back: { mode: silent, forMs: 1.25 * times.lease, isBefore: true, check: notRunAgain },
  slow: { mode: () => ({ kind: 'slow', ms: 60 }), forMs: times.lease, check: notRunAgain },
  cut: { mode: (random) => ({ kind: 'cut', afterBytes: random.between(100, 20_000) }), forMs: shortMs },
}

interface Tried {
  violations: string[]
  recoveryMs: number | null
  runAgain: number
}

/** The worker with most slots gets the turn; the network fails at any moment of it, or right before. */
async function tryOnce(world: World, network: Network, random: Random, trouble: Trouble): Promise<Tried> {
  let since = 0
  const strike = async () => {
    since = Date.now()
    network.set(trouble.mode(random))
    await wait(trouble.forMs)
    network.set({ kind: 'open' })
  }
  if (trouble.isBefore) await strike()
  const course = await beginCourse(world, fullTurn(random))
  if (!trouble.isBefore) {
    await wait(random.between(0, turnMs))
    await strike()
  }
  let runAgain = 0
  const violations = await course.settle((evidence) => {
    runAgain = evidence.tasks.filter(({ attempt }) => attempt > 1).length
    return trouble.check?.(evidence) ?? []
  })
  const next = course.reader.events.find(({ at, ts }) => at > since && Date.parse(ts) > since)
  return { violations, recoveryMs: next ? next.at - since : null, runAgain }
}

async function withWorkers<T>(work: (world: World, network: Network) => Promise<T>): Promise<T> {
  const world = await World.open()
  const network = await Network.open(placeOf(world.planes[0]?.grpc ?? ''))
  try {
    await world.addWorker({ slots: slots.behindProxy, address: network.address })
    await world.addWorker({ slots: slots.beside })
    return await work(world, network)
  } finally {
    await world.close()
    await network.close()
  }
}

/** How often each; the one that must run something again goes on until it did, a few times at most. */
const repeats = { short: 1, long: 10 }
const maxExtra = 3

export const partition: Scenario = {
  name: 'network: worker and control plane apart, for half a lease to three',
  inSuite: true,
  run: (random, { form }) =>
    withWorkers(async (world, network) => {
      const findings = { runs: 0, violations: [] as string[], recoveriesMs: [] as number[] }
      const runAgain: Record<string, number> = {}
      const attempt = async (name: keyof typeof troubles) => {
        const tried = await tryOnce(world, network, random, troubles[name])
        findings.runs += 1
        findings.violations.push(...tried.violations.map((problem) => `${name}: ${problem}`))
        if (name === 'long' && tried.recoveryMs !== null) findings.recoveriesMs.push(tried.recoveryMs)
        runAgain[name] = (runAgain[name] ?? 0) + tried.runAgain
      }
      const names: (keyof typeof troubles)[] =
        form === 'short' ? ['short', 'cut', 'long'] : ['short', 'lease', 'back', 'slow', 'cut', 'long']
      for (const name of names) for (let n = 0; n < repeats[form]; n += 1) await attempt(name)
      for (let n = 0; n < maxExtra && !runAgain.long; n += 1) await attempt('long')
      if (!runAgain.long) findings.violations.push('no task was reclaimed from a worker that was away for three leases')
      return { ...findings, figures: figuresOf(runAgain) } satisfies Findings
    }),
}

const figuresOf = (runAgain: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(runAgain).map(([name, count]) => [`run again, ${name}`, count]))
