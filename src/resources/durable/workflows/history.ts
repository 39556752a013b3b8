// What happened to a workflow, told from its row and its tasks' rows: there is no second log to keep. Of a task that ran several
// times the last run is known.
import type { JsonObject } from '../../../contract/json.ts'
import { toWireTime } from '../../shared/time.ts'
import { asObject, inputOf, type WorkflowEvent, type WorkflowRow } from './shape.ts'
import type { StepRow } from './store.ts'

interface Happened {
  type: string
  at: Date
  data: JsonObject
}

/** In order, numbered from 0. */
export function historyOf(workflow: WorkflowRow, steps: readonly StepRow[]): WorkflowEvent[] {
  const happened = [begun(workflow), ...inTime(steps.flatMap((step) => stepEvents(step))), ...ended(workflow)]
  return happened.map(({ type, at, data }, n) => ({
    id: n,
    workflow_id: workflow.id,
    sequence_num: n,
    event_type: type,
    event_data: data,
    created_at: toWireTime(at),
  }))
}

/** Events of one instant keep the order of their tasks. */
const inTime = (events: Happened[]): Happened[] => events.sort((a, b) => a.at.getTime() - b.at.getTime())

const begun = (workflow: WorkflowRow): Happened => ({
  type: 'workflow_started',
  at: workflow.created_at,
  data: { input: inputOf(workflow) },
})

function ended(workflow: WorkflowRow): Happened[] {
  const { status, completed_at: at } = workflow
  if (!at) return []
  const result = asObject(workflow.result) ?? null
  if (status === 'completed') return [{ type: 'workflow_completed', at, data: { result } }]
  if (status === 'failed') return [{ type: 'workflow_failed', at, data: { error: asObject(workflow.error) ?? null } }]
  return [{ type: 'workflow_cancelled', at, data: { reason: result?.reason ?? null } }]
}

function stepEvents(step: StepRow): Happened[] {
  const { key: activity_id, kind: activity_type, input, priority, max_failures, attempt, claimed_by, claimed_at } = step
  const options = { priority, max_attempts: max_failures }
  const scheduled = { type: 'activity_scheduled', at: scheduledAt(step), data: { activity_id, activity_type, input, options } }
  const started =
    claimed_at && claimed_by
      ? [{ type: 'activity_started', at: claimed_at, data: { activity_id, attempt, worker_id: claimed_by } }]
      : []
  return [scheduled, ...started, ...stepEnd(step)]
}

/** The moment of the hand-off, as its other changes have it; a row's `created_at` is when the transaction began. */
const scheduledAt = ({ failures, class: stepClass, visible_at, created_at }: StepRow): Date =>
  failures === 0 && stepClass !== 'client' ? visible_at : created_at

/** A result is stored once, in the event that readers see; it is not repeated here. */
function stepEnd({ key: activity_id, status, last_error, completed_at: at }: StepRow): Happened[] {
  if (!at) return []
  const error = { message: last_error ?? 'interrupted', retryable: false }
  if (status === 'completed') return [{ type: 'activity_completed', at, data: { activity_id, result: null } }]
  if (status === 'dead') return [{ type: 'activity_failed', at, data: { activity_id, error, will_retry: false } }]
  return [{ type: 'activity_cancelled', at, data: { activity_id, reason: 'the workflow ended' } }]
}
