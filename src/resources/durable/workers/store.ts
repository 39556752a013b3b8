// The statements over workers, one function each. Workers belong to the deployment, not to an organisation.
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../../db/schema.ts'
import { conditions } from '../lists.ts'
import type { WorkerRow } from './shape.ts'

type Tx = Kysely<Database>

const listedMax = 1_000
const status = sql`case when w.status <> 'stopped' and w.lease_until < clock_timestamp() then 'stale' else w.status end`

export interface WorkerFilter {
  status?: string | null
  worker_group?: string | null
}

/** Those at work first, then the latest; 1,000 at most. Through the engine's connection: it counts the tasks of everybody. */
export async function allWorkers(db: Tx, filter: WorkerFilter = {}): Promise<WorkerRow[]> {
  const where = conditions(sql`true`, [
    [filter.status, sql`${status} = ${filter.status}`],
    [filter.worker_group, sql`w.worker_group = ${filter.worker_group}`],
  ])
  const { rows } = await sql<WorkerRow>`
    select w.incarnation, w.name, w.worker_group, w.kinds, w.capacity, coalesce(h.held, 0) as held, ${status} as status, w.accepting,
      w.in_process, w.hostname, w.version, w.metadata, w.tasks_completed, w.tasks_failed, w.busy_ms, w.started_at, w.last_heartbeat_at
    from workers w left join (select claimed_by, count(*) as held from tasks where status = 'claimed' group by claimed_by) h
      on h.claimed_by = w.incarnation
    where ${where} order by w.status = 'stopped', w.started_at desc, w.incarnation limit ${listedMax}`.execute(db)
  return rows
}

/** By incarnation, or all that have the name. Answers what became of them; stopped workers are not found. */
export async function setDraining(db: Tx, worker: string, draining: boolean): Promise<number> {
  const { rows } = await sql`
    update workers set status = ${draining ? 'draining' : 'active'}
    where (incarnation::text = ${worker.toLowerCase()} or name = ${worker}) and status <> 'stopped' returning incarnation`.execute(
    db,
  )
  return rows.length
}
