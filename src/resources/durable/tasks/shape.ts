// A task on the wire: the contract calls a step an activity. The states are the engine's own (durable/README.md).
import { z } from 'zod'
import type { Uuid } from '../../../contract/ids.ts'
import { standaloneType } from '../../../durable/index.ts'
import { timestamp, toWireTime, toWireTimeOrNone } from '../../shared/time.ts'
import { count, uuid } from '../lists.ts'

export interface TaskRow {
  id: Uuid
  workflow_id: Uuid
  workflow_type: string
  key: string
  kind: string
  status: string
  priority: number
  attempt: number
  max_failures: number
  claimed_by: Uuid | null
  claimed_at: Date | null
  last_error: string | null
  created_at: Date
}

export const task = z
  .object({
    id: uuid,
    workflow_id: uuid.optional(),
    activity_id: z.string(),
    activity_type: z.string(),
    status: z.string(),
    priority: count,
    attempt: count,
    max_attempts: count,
    claimed_by: z.string().optional(),
    claimed_at: timestamp.optional(),
    last_error: z.string().optional(),
    created_at: timestamp,
  })
  .meta({ id: 'TaskResponse' })

/** A task that stands alone shows no workflow. */
export const shownWorkflow = (row: Pick<TaskRow, 'workflow_id' | 'workflow_type'>): { workflow_id?: Uuid } =>
  row.workflow_type === standaloneType ? {} : { workflow_id: row.workflow_id }

/** Row → wire. */
export const toTask = (row: TaskRow): z.input<typeof task> => ({
  id: row.id,
  ...shownWorkflow(row),
  activity_id: row.key,
  activity_type: row.kind,
  status: row.status,
  priority: row.priority,
  attempt: row.attempt,
  max_attempts: row.max_failures,
  claimed_by: row.claimed_by ?? undefined,
  claimed_at: toWireTimeOrNone(row.claimed_at),
  last_error: row.last_error ?? undefined,
  created_at: toWireTime(row.created_at),
})
