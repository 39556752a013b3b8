// The server that everything is stored in dies for good, and the standby that every commit waited for takes its place: it is promoted, and
// the address that control planes know leads to it. Then it gets a standby of its own, and dies in turn. Nothing acknowledged is lost.
import { setTimeout as wait } from 'node:timers/promises'
import { beginCourse } from '../harness/course.ts'
import { withDatabaseLink } from '../harness/link.ts'
import { Load } from '../harness/load.ts'
import { type Postgres, replicated } from '../harness/postgres.ts'
import type { Network } from '../harness/proxy.ts'
import type { Random } from '../harness/random.ts'
import { fullTurn, turnMs } from '../harness/script.ts'
import type { World } from '../harness/world.ts'
import { rowViolations } from '../invariants/database.ts'
import type { Findings, Scenario } from './scenario.ts'

const repeats = { short: 1, long: 8 }
/** From the death to the next event of a turn that was under way. */
const allowedMs = 10_000
/** Until whoever watches the server decides that it is dead. */
const decisionMs = 500

export const standby: Scenario = {
  name: 'standby: PostgreSQL dies, its synchronous standby takes over',
  inSuite: true,
  run: (random, { form }) =>
    withDatabaseLink(2, {}, (world, network) => failOver(world, network, random, repeats[form]), {
      postgres: { settings: replicated },
      worldToo: true,
    }),
}

async function failOver(world: World, network: Network, random: Random, times: number): Promise<Findings> {
  for (const { grpc } of world.planes) await world.addWorker({ slots: 20, address: grpc })
  const findings = { violations: [] as string[], recoveriesMs: [] as number[] }
  const promotionsMs: number[] = []
  let primary = world.postgres
  let second = await primary.standby()
  const load = new Load(world, random, { people: 8, turns: 4, thinkMs: 300 })
  try {
    for (let n = 0; n < times; n += 1) {
      const course = await beginCourse(world, fullTurn(random))
      await wait(random.between(0, turnMs))
      const since = Date.now()
      promotionsMs.push(await takeOver(primary, second, network))
      findings.violations.push(...(await course.settle()))
      const next = course.reader.events.find(({ at, ts }) => at > since && Date.parse(ts) > since)
      if (next) findings.recoveriesMs.push(next.at - since)
      await primary.close()
      primary = second
      if (n < times - 1) second = await primary.standby()
    }
    const { violations, sessions, messages } = await load.end()
    const late = findings.recoveriesMs.filter((ms) => ms > allowedMs).map((ms) => `the turn went on after ${ms} ms only`)
    return {
      runs: sessions + times,
      violations: [...findings.violations, ...late, ...violations, ...(await rowViolations(world.db))],
      recoveriesMs: findings.recoveriesMs,
      figures: { 'fail-overs': times, messages, 'death to promotion at most, ms': Math.max(...promotionsMs) },
    }
  } finally {
    await second.close()
    await primary.close()
  }
}

/** Answers how long it took. */
async function takeOver(primary: Postgres, second: Postgres, network: Network): Promise<number> {
  const since = Date.now()
  await primary.kill()
  await wait(decisionMs)
  await second.promote()
  network.moveTo({ path: second.socket })
  return Date.now() - since
}
