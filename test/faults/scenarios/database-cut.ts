// The connections of control planes to PostgreSQL break, or fall silent, while turns run: the first with a reset, the second so that
// nobody is told. New connections work again.
import { setTimeout as wait } from 'node:timers/promises'
import { beginCourse } from '../harness/course.ts'
import { withDatabaseLink } from '../harness/link.ts'
import { fullTurn, turnMs } from '../harness/script.ts'
import type { Scenario } from './scenario.ts'

const repeats = { short: 2, long: 10 }
/** A silent connection is given up by the time a query may take. */
const patientMs = 90_000

export const databaseCut: Scenario = {
  name: 'network: control plane and PostgreSQL, connections reset or silent',
  inSuite: false,
  run: (random, { form }) =>
    withDatabaseLink(1, {}, async (world, network) => {
      await world.addWorker({ slots: 20 })
      const violations: string[] = []
      const recoveriesMs: number[] = []
      const silencesMs: number[] = []
      const kinds = [...Array.from({ length: repeats[form] }, () => 'reset' as const), 'silent' as const]
      for (const kind of kinds) {
        const course = await beginCourse(world, fullTurn(random), patientMs)
        await wait(random.between(0, turnMs))
        const since = Date.now()
        if (kind === 'reset') network.reset()
        else network.setWhere('', { kind: 'silent' })
        violations.push(...(await course.settle()).map((problem) => `${kind}: ${problem}`))
        const next = course.reader.events.find(({ at, ts }) => at > since && Date.parse(ts) > since)
        if (next) (kind === 'reset' ? recoveriesMs : silencesMs).push(next.at - since)
      }
      return {
        runs: kinds.length,
        violations,
        recoveriesMs,
        figures: { 'silent, next event after, ms': Math.max(0, ...silencesMs) },
      }
    }),
}
