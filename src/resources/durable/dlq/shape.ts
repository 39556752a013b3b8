// A dead letter on the wire: a task whose budget is used up. It is the task itself, so both ids are the same.
import { z } from 'zod'
import type { Uuid } from '../../../contract/ids.ts'
import type { Json } from '../../../contract/json.ts'
import { timestamp, toWireTime } from '../../shared/time.ts'
import { count, uuid } from '../lists.ts'
import { shownWorkflow } from '../tasks/shape.ts'

export interface DeadRow {
  id: Uuid
  workflow_id: Uuid
  workflow_type: string
  key: string
  kind: string
  input: Json
  attempt: number
  last_error: string | null
  completed_at: Date
}

export const deadLetter = z
  .object({
    id: uuid,
    original_task_id: uuid,
    workflow_id: uuid.optional(),
    activity_id: z.string(),
    activity_type: z.string(),
    input: z.any(),
    attempts: count,
    last_error: z.string(),
    error_history: z.array(z.string()),
    dead_at: timestamp,
  })
  .meta({ id: 'DlqEntryResponse' })

/** A begun at-most-once call whose holder is gone leaves no words of its own. */
const withoutWords = 'It was interrupted after it had begun; its outcome is unknown'

/** Row → wire. Only the last error is kept of a task. */
export const toDeadLetter = (row: DeadRow): z.input<typeof deadLetter> => ({
  id: row.id,
  original_task_id: row.id,
  ...shownWorkflow(row),
  activity_id: row.key,
  activity_type: row.kind,
  input: row.input,
  attempts: row.attempt,
  last_error: row.last_error ?? withoutWords,
  error_history: [row.last_error ?? withoutWords],
  dead_at: toWireTime(row.completed_at),
})
