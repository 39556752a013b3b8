// Ended workflows and their tasks go after a while, where the operator keeps them for so many days only. The log of events is not theirs.
// What a schedule did is kept for longer: how such a run ended is written down while its workflow can still tell.
import type pg from 'pg'
import { settledColumns } from '../schedules/run-end.ts'
import type { Duty } from './duty.ts'
import { inPages } from './pages.ts'

export interface ForgetOptions {
  pool: pg.Pool
  /** Kept at least so long after its end. */
  days: number
  /** Duties that look at ended workflows in the order of their ends, by their stamps: what they have not seen yet stays. */
  after: readonly string[]
}

const everyMs = 60_000
/** In one transaction. */
const workflowsAtOnce = 500

/** Not those with a dead letter that somebody may still requeue. */
async function forgetSome({ pool, days, after }: ForgetOptions): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'forget_ended',
    text: `with ended as (
             select id, status, error, completed_at from workflows w
             where completed_at <= least(clock_timestamp() - $1 * interval '1 day',
                                         (select min(at) from duty_stamps where name = any($2::text[])))
               and not exists (select from tasks t where t.workflow_id = w.id and t.status = 'dead' and t.requeued_at is null)
             order by completed_at limit $3 for update skip locked),
           their_tasks as (delete from tasks t using ended e where t.workflow_id = e.id),
           their_runs as (
             update schedule_executions e set ${settledColumns} from ended w where e.status = 'running' and e.workflow_id = w.id)
           delete from workflows w using ended e where w.id = e.id`,
    values: [days, after, workflowsAtOnce],
  })
  return rowCount ?? 0
}

export const forgetEnded = (options: ForgetOptions): Duty => ({
  name: 'forget_ended',
  everyMs,
  async run(stopping) {
    let forgotten = 0
    const page = async () => {
      const some = await forgetSome(options)
      forgotten += some
      return some >= workflowsAtOnce
    }
    await inPages(page, { everyMs, stopping })
    return (forgotten > 0 ? { forgotten } : {}) as Record<string, number>
  },
})
