// The statements over dead tasks, one function each.
import { type Kysely, sql } from 'kysely'
import type { Uuid } from '../../../contract/ids.ts'
import type { Json } from '../../../contract/json.ts'
import type { Database } from '../../../db/schema.ts'
import { conditions, pageOf } from '../lists.ts'
import type { DeadRow } from './shape.ts'

type Tx = Kysely<Database>

/** Newest first, without those that were put back. */
export function deadOfOrg(
  tx: Tx,
  orgId: Uuid,
  filter: { workflow_id?: Uuid | null; activity_type?: string | null; offset: number; limit: number },
): Promise<{ rows: DeadRow[]; total: number }> {
  const where = conditions(sql`t.org_id = ${orgId} and t.status = 'dead' and t.requeued_at is null`, [
    [filter.workflow_id, sql`t.workflow_id = ${filter.workflow_id}`],
    [filter.activity_type, sql`t.kind = ${filter.activity_type}`],
  ])
  const columns = sql`t.id, t.workflow_id, w.type as workflow_type, t.key, t.kind, t.input, t.attempt, t.last_error, t.completed_at`
  const from = sql`from tasks t join workflows w on w.id = t.workflow_id where ${where}`
  return pageOf(tx, columns, from, sql`t.completed_at desc, t.id desc`, filter)
}

export interface DeadTask {
  kind: string
  input: Json
  priority: number
  workflow_type: string
  workflow_live: boolean
  session_id: Uuid
}

/** Locks the dead letter, so that only one caller puts it back; nothing when it is not one (any more). */
export async function lockDead(tx: Tx, orgId: Uuid, id: Uuid): Promise<DeadTask | undefined> {
  const { rows } = await sql<DeadTask>`
    select t.kind, t.input, t.priority, t.session_id, w.type as workflow_type, w.status in ('running', 'waiting', 'paused') as workflow_live
    from tasks t join workflows w on w.id = t.workflow_id
    where t.org_id = ${orgId} and t.id = ${id} and t.status = 'dead' and t.requeued_at is null
    for no key update of t`.execute(tx)
  return rows[0]
}

export const markRequeued = (tx: Tx, orgId: Uuid, id: Uuid) =>
  tx
    .updateTable('tasks')
    .set({ requeued_at: sql<Date>`clock_timestamp()` })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .execute()
