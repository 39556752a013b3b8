// A workflow on the wire. Its state is not shown: it is a plan's own, and may hold what people wrote.
import { z } from 'zod'
import { toWire, type Uuid } from '../../../contract/ids.ts'
import type { Json, JsonObject } from '../../../contract/json.ts'
import { timestamp, toWireTime, toWireTimeOrNone } from '../../shared/time.ts'
import { count, uuid } from '../lists.ts'

export interface WorkflowRow {
  id: Uuid
  org_id: Uuid
  session_id: Uuid
  type: string
  status: string
  result: Json
  error: Json
  created_at: Date
  completed_at: Date | null
}

export const workflow = z
  .object({
    id: uuid,
    workflow_type: z.string(),
    /** running, waiting, paused, completed, failed or cancelled. */
    status: z.string(),
    input: z.record(z.string(), z.any()),
    result: z.record(z.string(), z.any()).optional(),
    error: z.record(z.string(), z.any()).optional(),
    created_at: timestamp,
    started_at: timestamp.optional(),
    completed_at: timestamp.optional(),
  })
  .meta({ id: 'WorkflowResponse' })

/** Row → wire. A workflow starts in the transaction that creates it. */
export const toWorkflow = (row: WorkflowRow): z.input<typeof workflow> => ({
  id: row.id,
  workflow_type: row.type,
  status: row.status,
  input: inputOf(row),
  result: asObject(row.result),
  error: asObject(row.error),
  created_at: toWireTime(row.created_at),
  started_at: toWireTime(row.created_at),
  completed_at: toWireTimeOrNone(row.completed_at),
})

/** What it was begun with, by reference. */
export const inputOf = ({ id, type, session_id }: WorkflowRow): JsonObject =>
  type === 'turn' ? { session_id: toWire('session', session_id), input_message_id: toWire('message', id) } : {}

/** The contract has objects here; any other value is wrapped. */
export function asObject(value: Json): JsonObject | undefined {
  if (value === null) return undefined
  return typeof value === 'object' && !Array.isArray(value) ? value : { value }
}

export const workflowEvent = z
  .object({
    id: count,
    workflow_id: uuid,
    sequence_num: count,
    event_type: z.string(),
    event_data: z.any(),
    created_at: timestamp,
  })
  .meta({ id: 'WorkflowEventResponse' })
export type WorkflowEvent = z.input<typeof workflowEvent>
