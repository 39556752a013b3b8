// One organisation fills the queue; another comes now and then. The second must not wait behind the first, however many sessions the
// first spreads its work over.
import { setTimeout as wait } from 'node:timers/promises'
import { newId } from '../../../src/contract/ids.ts'
import { quantile } from '../harness/course.ts'
import { startLoadWorker, withEngine } from '../harness/engine-world.ts'
import type { Scenario } from './scenario.ts'

const waitMs = 2_000
const worker = { slots: 8, taskMs: 40 }
const forms = {
  short: { tasks: 2_000, visits: 8, everyMs: 300, sessions: [4, 2_000] },
  long: { tasks: 10_000, visits: 30, everyMs: 1_000, sessions: [10, 10_000] },
}

interface Visits {
  waitedMs: number[]
  /** Tasks of the first organisation that were still waiting at the end: without them nothing was tried. */
  left: number
}

const visit = ({ tasks, visits, everyMs }: (typeof forms)['short'], sessions: number): Promise<Visits> =>
  withEngine(async ({ engine, db, fill, startOne }) => {
    const [many, few] = [newId(), newId()]
    await fill(many, tasks, sessions)
    const load = startLoadWorker(engine, worker.slots, worker.taskMs)
    try {
      for (let n = 0; n < visits; n += 1) {
        await startOne(few)
        await wait(everyMs)
      }
      await wait(waitMs)
      const { rows } = await db.enginePool.query<{ waited: number }>(
        `select (extract(epoch from coalesce(claimed_at, clock_timestamp()) - created_at) * 1000)::float8 as waited
         from tasks where org_id = $1`,
        [few],
      )
      const left = await db.enginePool.query(`select from tasks where org_id = $1 and status = 'pending'`, [many])
      return { waitedMs: rows.map(({ waited }) => waited), left: left.rowCount ?? 0 }
    } finally {
      load.close()
    }
  })

export const fairness: Scenario = {
  name: 'queue: one organisation fills it, another comes now and then',
  inSuite: true,
  async run(_random, { form }) {
    const violations: string[] = []
    const figures: Record<string, number> = {}
    for (const sessions of forms[form].sessions) {
      const { waitedMs, left } = await visit(forms[form], sessions)
      const p95 = Math.round(quantile(waitedMs, 0.95))
      figures[`waited p95 beside ${sessions} sessions, ms`] = p95
      if (p95 > waitMs) violations.push(`beside ${sessions} sessions the other organisation waited ${p95} ms`)
      if (waitedMs.length < forms[form].visits) violations.push(`only ${waitedMs.length} visits were made`)
      if (left === 0) violations.push('the queue was empty before the end: nothing was tried')
    }
    return { runs: forms[form].visits * forms[form].sessions.length, violations, recoveriesMs: [], figures }
  },
}
