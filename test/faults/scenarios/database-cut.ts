// The connections of control planes to PostgreSQL break, or fall silent, while turns run: the first with a reset, the others so that
// nobody is told. New connections work again, except in `dead`, where for a while they are silent too. Whoever asks meanwhile has an answer
// within the time in which silence must be noticed, whichever pool the answer comes from.
import { setTimeout as wait } from 'node:timers/promises'
import { beginCourse, quantile } from '../harness/course.ts'
import { withDatabaseLink } from '../harness/link.ts'
import { type Request, startProbe } from '../harness/probe.ts'
import type { Network } from '../harness/proxy.ts'
import type { Random } from '../harness/random.ts'
import { fullTurn, turnMs } from '../harness/script.ts'
import type { World } from '../harness/world.ts'
import { rowViolations } from '../invariants/database.ts'
import type { Scenario } from './scenario.ts'

type Kind = 'reset' | 'silent' | 'dead'
const repeats = { short: { reset: 1, silent: 1, dead: 0 }, long: { reset: 10, silent: 6, dead: 2 } }
/** A silent connection is noticed within this. */
const noticedMs = 10_000
const deadMs = 15_000
const patientMs = 60_000

export const databaseCut: Scenario = {
  name: 'network: control plane and PostgreSQL, connections reset or silent',
  inSuite: true,
  run: (random, { form }) =>
    withDatabaseLink(1, {}, async (world, network) => {
      await world.addWorker({ slots: 20 })
      const violations: string[] = []
      const recoveriesMs: Record<Kind, number[]> = { reset: [], silent: [], dead: [] }
      const kinds = Object.entries(repeats[form]).flatMap(([kind, count]) =>
        // The keys of the table are the kinds.
        Array.from({ length: count }, () => kind as Kind),
      )
      for (const kind of kinds) {
        const tried = await tryOnce(world, network, random, kind)
        violations.push(...tried.violations.map((problem) => `${kind}: ${problem}`))
        if (tried.recoveryMs !== null) recoveriesMs[kind].push(tried.recoveryMs)
      }
      violations.push(...(await rowViolations(world.db)))
      return {
        runs: kinds.length,
        violations,
        recoveriesMs: recoveriesMs.reset,
        figures: {
          'silent, next event after p50, ms': quantile(recoveriesMs.silent, 0.5),
          'at most, ms': Math.max(0, ...recoveriesMs.silent),
          'dead, next event after its end at most, ms': Math.max(0, ...recoveriesMs.dead),
        },
      }
    }),
}

async function tryOnce(world: World, network: Network, random: Random, kind: Kind) {
  const course = await beginCourse(world, fullTurn(random), patientMs)
  await wait(random.between(0, turnMs))
  // Of the requests' pool, of the reads, and of what an administrator looks at.
  const url = world.urls()[0] ?? ''
  const asked: Request[] = [
    { method: 'POST', url: `${url}/v1/sessions`, body: {} },
    { method: 'GET', url: `${url}/v1/sessions/${course.session}/events` },
    { method: 'GET', url: `${url}/v1/durable/health` },
  ]
  let since = Date.now()
  strike[kind](network)
  const probes = asked.map((request) => startProbe(() => request, noticedMs))
  if (kind === 'dead') {
    await wait(deadMs)
    network.set({ kind: 'open' })
    since = Date.now()
  }
  const violations = await course.settle()
  for (const probe of probes) violations.push(...(await probe.end()).violations)
  const next = course.reader.events.find(({ at, ts }) => at > since && Date.parse(ts) > since)
  const recoveryMs = next ? next.at - since : null
  if (recoveryMs !== null && recoveryMs > noticedMs) violations.push(`the turn went on after ${recoveryMs} ms only`)
  return { violations, recoveryMs }
}

const strike: Record<Kind, (network: Network) => void> = {
  reset: (network) => network.reset(),
  silent: (network) => void network.setWhere('', { kind: 'silent' }),
  dead: (network) => network.set({ kind: 'silent' }),
}
