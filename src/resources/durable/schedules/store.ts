// The statements over schedules and their executions that the admin API makes, one function each.
import { type Insertable, type Kysely, type RawBuilder, sql, type Updateable } from 'kysely'
import type { Uuid } from '../../../contract/ids.ts'
import { Problem } from '../../../contract/problem.ts'
import type { Database } from '../../../db/schema.ts'
import type { Schedules } from '../../../db/schema-engine.ts'
import { runError, runHasEnded, runStatus, type ScheduleRow } from '../../../durable/index.ts'
import { conditions, pageOf } from '../lists.ts'
import type { ExecutionRow } from './shape.ts'

type Tx = Kysely<Database>
interface Page {
  offset: number
  limit: number
}

export const noSchedule = (): Problem => new Problem('not_found', 'There is no such schedule')

/** The database's clock: schedules are due by it. */
export async function clock(tx: Tx): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx)
  return rows[0]?.now ?? new Date()
}

/** Problem `not_found`. */
export async function findSchedule(tx: Tx, orgId: Uuid, id: Uuid): Promise<ScheduleRow> {
  const row = await tx.selectFrom('schedules').selectAll().where('org_id', '=', orgId).where('id', '=', id).executeTakeFirst()
  if (!row) throw noSchedule()
  return row
}

/** Undefined when the name is taken. */
export const insertSchedule = (tx: Tx, row: Insertable<Schedules>): Promise<ScheduleRow | undefined> =>
  tx
    .insertInto('schedules')
    .values(row)
    .onConflict((conflict) => conflict.columns(['org_id', 'name']).doNothing())
    .returningAll()
    .executeTakeFirst()

export const updateSchedule = (tx: Tx, orgId: Uuid, id: Uuid, changes: Updateable<Schedules>): Promise<ScheduleRow> =>
  tx
    .updateTable('schedules')
    .set({ ...changes, updated_at: sql<Date>`clock_timestamp()` })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()

/** True when there was one. */
export async function deleteSchedule(tx: Tx, orgId: Uuid, id: Uuid): Promise<boolean> {
  const { numDeletedRows } = await tx.deleteFrom('schedules').where('org_id', '=', orgId).where('id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}

/** Newest first. */
export function schedulesOfOrg(
  tx: Tx,
  orgId: Uuid,
  filter: Page & { enabled?: boolean | null; target_type?: string | null },
): Promise<{ rows: ScheduleRow[]; total: number }> {
  const where = conditions(sql`org_id = ${orgId}`, [
    [filter.enabled, sql`enabled = ${filter.enabled}`],
    [filter.target_type, sql`target_type = ${filter.target_type}`],
  ])
  return pageOf(tx, sql`*`, sql`from schedules where ${where}`, sql`created_at desc, id desc`, filter)
}

/** Executions as they are now: how a run ended is written down later, so it is looked up here. */
const executions = (where: RawBuilder<unknown>): RawBuilder<unknown> => sql`from (
  select e.id, e.org_id, e.schedule_id, e.slot, e.started_at, e.workflow_id, e.task_id, e.created_at,
    coalesce(e.completed_at, w.completed_at) as completed_at,
    case when e.status = 'running' then ${sql.raw(runError)} else e.error end as error,
    case when e.status = 'running' and ${sql.raw(runHasEnded)} then ${sql.raw(runStatus)} else e.status end as status
  from schedule_executions e left join workflows w on e.status = 'running' and w.id = e.workflow_id
) e where ${where}`

const executionColumns = sql`e.id, e.schedule_id, e.slot, e.started_at, e.completed_at, e.status, e.workflow_id, e.task_id,
  e.error, e.created_at`

/** Newest first. */
export function executionsOf(
  tx: Tx,
  orgId: Uuid,
  schedule: Uuid,
  filter: Page & { status?: string | null },
): Promise<{ rows: ExecutionRow[]; total: number }> {
  const where = conditions(sql`e.org_id = ${orgId} and e.schedule_id = ${schedule}`, [
    [filter.status, sql`e.status = ${filter.status}`],
  ])
  return pageOf(tx, executionColumns, executions(where), sql`e.created_at desc, e.id desc`, filter)
}

export async function findExecution(tx: Tx, orgId: Uuid, id: Uuid): Promise<ExecutionRow | undefined> {
  const where = sql`e.org_id = ${orgId} and e.id = ${id}`
  const { rows } = await sql<ExecutionRow>`select ${executionColumns} ${executions(where)}`.execute(tx)
  return rows[0]
}

export interface Stats {
  total: number
  completed: number
  failed: number
  skipped: number
  avg_ms: number | null
  last_status: string | null
}

export async function statsOf(tx: Tx, orgId: Uuid, schedule: Uuid): Promise<Stats> {
  const { rows } = await sql<Stats>`
    select count(*) as total, count(*) filter (where e.status = 'completed') as completed,
      count(*) filter (where e.status = 'failed') as failed, count(*) filter (where e.status = 'skipped') as skipped,
      round(extract(epoch from avg(date_trunc('milliseconds', e.completed_at) - date_trunc('milliseconds', e.started_at))
        filter (where e.status in ('completed', 'failed'))) * 1000) as avg_ms,
      (array_agg(e.status order by e.created_at desc, e.id desc))[1] as last_status
    ${executions(sql`e.org_id = ${orgId} and e.schedule_id = ${schedule}`)}`.execute(tx)
  return rows[0] ?? { total: 0, completed: 0, failed: 0, skipped: 0, avg_ms: null, last_status: null }
}
