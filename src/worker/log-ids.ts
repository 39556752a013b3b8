// The ids by which the log lines of one step are found again, in all processes.
import type { Assignment } from '../contract/control-plane.ts'

export const logIds = ({ task, sessionId, workflowId, workflowType }: Assignment) => ({
  // The head of other workflows is nobody's session.
  ...(workflowType === 'turn' ? { session_id: sessionId, turn_id: workflowId } : { workflow_id: workflowId }),
  task_id: task.id,
  attempt: task.attempt,
})
