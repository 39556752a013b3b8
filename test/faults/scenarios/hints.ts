// Two control planes, and the hints between them are lost: cut off in silence, or their connection ended by the server. Events
// committed through one must reach readers at the other at once while there are hints, and by its own looking while there are none.
import { setTimeout as wait } from 'node:timers/promises'
import { Api } from '../harness/api.ts'
import { quantile } from '../harness/course.ts'
import { names, withDatabaseLink } from '../harness/link.ts'
import type { Network } from '../harness/proxy.ts'
import type { Random } from '../harness/random.ts'
import { Reader } from '../harness/reader.ts'
import { stuckMs } from '../harness/run.ts'
import { fullTurn } from '../harness/script.ts'
import type { World } from '../harness/world.ts'
import { readEvidence } from '../invariants/evidence.ts'
import { violations } from '../invariants/index.ts'
import type { Scenario } from './scenario.ts'

/** As in production: otherwise looking would hide the loss of hints. */
const pollMs = 1_000
const allowed = { withHintsMs: 50, withoutMs: 1_200, remadeMs: 10_000 }
const turns = { short: 1, long: 10 }

interface Seen {
  violations: string[]
  /** How much later the reader at the first plane had each event than the reader at the second, where it was committed. */
  laterMs: number[]
}

/** Turns through the second plane, read at both. */
async function readAcross(world: World, random: Random, count: number): Promise<Seen> {
  const [first, second] = world.planes.map(({ url }) => url)
  const through = new Api(() => [second ?? ''])
  const seen: Seen = { violations: [], laterMs: [] }
  for (let n = 0; n < count; n += 1) {
    const turn = fullTurn(random)
    const session = await through.createSession(turn.capabilities)
    const [far, near] = [new Reader(() => [first ?? ''], session), new Reader(() => [second ?? ''], session)]
    try {
      const accepted = await through.post(session, turn.text)
      for (const reader of [far, near]) await reader.idleAfter(accepted.sequence, stuckMs)
      const evidence = await readEvidence({ house: world, session, accepted: [accepted], readers: [far, near] })
      seen.violations.push(...violations(evidence))
      seen.laterMs.push(...far.events.map(({ at }, event) => at - (near.events[event]?.at ?? at)))
    } finally {
      far.close()
      near.close()
    }
  }
  return seen
}

/** The hint connections of the planes, as the server knows them. */
async function listening(world: World): Promise<number[]> {
  const { rows } = await world.db.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = $1 and state = 'idle' order by pid`,
    [names.hints],
  )
  return rows.map(({ pid }) => pid)
}

/** Until every plane has a hint connection that it had not before; answers how long it took. */
async function remade(world: World, before: readonly number[]): Promise<number> {
  const since = Date.now()
  for (;;) {
    const fresh = (await listening(world)).filter((pid) => !before.includes(pid))
    const tookMs = Date.now() - since
    if (fresh.length >= world.planes.length || tookMs > 2 * allowed.remadeMs) return tookMs
    await wait(50)
  }
}

async function tell(world: World, network: Network, random: Random, form: 'short' | 'long') {
  const count = turns[form]
  const problems: string[] = []
  const tooSlow = (what: string, ms: number, most: number) => {
    if (ms > most) problems.push(`${what} took ${Math.round(ms)} ms, not ${most}`)
  }
  await readAcross(world, random, 1)
  const withHints = await readAcross(world, random, count)

  const silenced = await listening(world)
  if (network.setWhere(names.hints, { kind: 'silent' }) < world.planes.length)
    problems.push('there was no hint connection to cut')
  const cutAt = Date.now()
  const without = await readAcross(world, random, form === 'short' ? 1 : 3)
  await remade(world, silenced)
  const noticedMs = Date.now() - cutAt
  tooSlow('noticing a silent hint connection', noticedMs, allowed.remadeMs)

  const ended = await listening(world)
  await world.db.query('select pg_terminate_backend(pid) from unnest($1::int[]) as ended (pid)', [ended])
  const remadeMs = await remade(world, ended)
  tooSlow('making hint connections again', remadeMs, allowed.remadeMs)
  const after = await readAcross(world, random, count)

  // One slow machine makes single events late; hints that do not work make half of them late.
  const share = form === 'short' ? 0.5 : 0.99
  tooSlow('reading across with hints', quantile(withHints.laterMs, share), allowed.withHintsMs)
  tooSlow('reading across with new hints', quantile(after.laterMs, share), allowed.withHintsMs)
  tooSlow('reading across without hints', quantile(without.laterMs, 0.99), allowed.withoutMs)
  if (quantile(without.laterMs, 0.99) < allowed.withHintsMs) problems.push('the hints were not cut: nothing came late')
  return {
    runs: count * 2 + (form === 'short' ? 1 : 3),
    violations: [...problems, ...[withHints, without, after].flatMap((seen) => seen.violations)],
    recoveriesMs: [remadeMs],
    figures: {
      'across with hints p99, ms': quantile([...withHints.laterMs, ...after.laterMs], 0.99),
      'across without hints p99, ms': quantile(without.laterMs, 0.99),
      'silence noticed after, ms': noticedMs,
    },
  }
}

export const hints: Scenario = {
  name: 'two control planes: hints between them cut, then ended',
  inSuite: true,
  run: (random, { form }) =>
    withDatabaseLink(2, { DURABLE_POLL_MS: String(pollMs) }, async (world, network) => {
      await world.addWorker({ slots: 50, address: world.planes[1]?.grpc ?? '' })
      return tell(world, network, random, form)
    }),
}
