// The statements over tasks that the admin API makes, one function each. Row security keeps them inside the organisation.
import { type Kysely, sql } from 'kysely'
import type { Uuid } from '../../../contract/ids.ts'
import type { Database } from '../../../db/schema.ts'
import { standaloneType } from '../../../durable/index.ts'
import { conditions, pageOf } from '../lists.ts'
import type { TaskRow } from './shape.ts'

type Tx = Kysely<Database>

export interface TaskFilter {
  status?: string | null
  activity_type?: string | null
  workflow_id?: Uuid | null
  offset: number
  limit: number
}

/** Newest first. */
export function tasksOfOrg(tx: Tx, orgId: Uuid, filter: TaskFilter): Promise<{ rows: TaskRow[]; total: number }> {
  const where = conditions(sql`t.org_id = ${orgId}`, [
    [filter.status, sql`t.status = ${filter.status}`],
    [filter.activity_type, sql`t.kind = ${filter.activity_type}`],
    [filter.workflow_id, sql`t.workflow_id = ${filter.workflow_id}`],
  ])
  const columns = sql`t.id, t.workflow_id, w.type as workflow_type, t.key, t.kind, t.status, t.priority, t.attempt, t.max_failures,
    t.claimed_by, t.claimed_at, t.last_error, t.created_at`
  return pageOf(tx, columns, sql`from tasks t join workflows w on w.id = t.workflow_id where ${where}`, sql`t.id desc`, filter)
}

/** How many of the organisation's standalone tasks nobody has taken yet; not counted beyond `most`. */
export async function pendingStandalone(tx: Tx, orgId: Uuid, most: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from (
      select from tasks where org_id = ${orgId} and status = 'pending' and key = ${sql.lit(standaloneType)} limit ${most}) c`.execute(
    tx,
  )
  return rows[0]?.n ?? 0
}
