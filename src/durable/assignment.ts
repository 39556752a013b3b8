// A leased task as its worker is sent it.
import type { Assignment } from '../contract/control-plane.ts'
import type { Json } from '../contract/json.ts'
import type { TaskRow, WorkflowRow } from './rows.ts'

/** `context`: JSON text. */
export function assignmentOf(task: TaskRow, workflow: WorkflowRow, context: string): Assignment {
  return {
    task: { id: task.id, attempt: task.attempt },
    orgId: task.orgId,
    sessionId: task.sessionId,
    workflowId: task.workflowId,
    workflowType: workflow.type,
    key: task.key,
    step: task.kind,
    class: task.class,
    // Stored as JSON by the plan that made it.
    input: task.input as Json,
    context,
    recovered: task.attempt > 1,
  }
}
