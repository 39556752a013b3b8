// The statements over workflows that the admin API makes, one function each. Tasks that stand alone are not among them.
import { type Kysely, sql } from 'kysely'
import type { Uuid } from '../../../contract/ids.ts'
import type { Json } from '../../../contract/json.ts'
import { Problem } from '../../../contract/problem.ts'
import type { Database } from '../../../db/schema.ts'
import { standaloneType } from '../../../durable/index.ts'
import { conditions, pageOf } from '../lists.ts'
import type { WorkflowRow } from './shape.ts'

type Tx = Kysely<Database>

export interface StepRow {
  key: string
  kind: string
  class: string
  status: string
  input: Json
  priority: number
  attempt: number
  failures: number
  max_failures: number
  claimed_by: Uuid | null
  claimed_at: Date | null
  visible_at: Date
  last_error: string | null
  created_at: Date
  completed_at: Date | null
}

const columns = sql`w.id, w.org_id, w.session_id, w.type, w.status, w.result, w.error, w.created_at, w.completed_at`
const shown = sql`w.type <> ${sql.lit(standaloneType)}`

/** Newest first. What the contract calls pending is what waits for somebody or is paused. */
export function workflowsOfOrg(
  tx: Tx,
  orgId: Uuid,
  filter: { status?: string | null; workflow_type?: string | null; offset: number; limit: number },
): Promise<{ rows: WorkflowRow[]; total: number }> {
  const asked = filter.status === 'pending' ? ['waiting', 'paused'] : [filter.status]
  const where = conditions(sql`w.org_id = ${orgId} and ${shown}`, [
    [filter.status, sql`w.status = any(${asked}::text[])`],
    [filter.workflow_type, sql`w.type = ${filter.workflow_type}`],
  ])
  return pageOf(tx, columns, sql`from workflows w where ${where}`, sql`w.id desc`, filter)
}

/** Problem `not_found`. */
export async function findWorkflow(tx: Tx, orgId: Uuid, id: Uuid): Promise<WorkflowRow> {
  const { rows } = await sql<WorkflowRow>`
    select ${columns} from workflows w where w.org_id = ${orgId} and w.id = ${id} and ${shown}`.execute(tx)
  const [found] = rows
  if (!found) throw new Problem('not_found', 'There is no such workflow')
  return found
}

const stepsMax = 10_000

/** In the order in which they were planned. */
export const stepsOfWorkflow = (tx: Tx, orgId: Uuid, id: Uuid): Promise<StepRow[]> =>
  tx
    .selectFrom('tasks')
    .select(['key', 'kind', 'class', 'status', 'input', 'priority', 'attempt', 'failures', 'max_failures'])
    .select(['claimed_by', 'claimed_at', 'visible_at', 'last_error', 'created_at', 'completed_at'])
    .where('org_id', '=', orgId)
    .where('workflow_id', '=', id)
    .orderBy('created_at')
    .orderBy('id')
    .limit(stepsMax)
    .execute()
