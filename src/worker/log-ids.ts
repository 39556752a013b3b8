// The ids by which the log lines of one step are found again, in all processes.
import type { Assignment } from '../contract/control-plane.ts'

export const logIds = ({ task, sessionId, workflowId }: Pick<Assignment, 'task' | 'sessionId' | 'workflowId'>) => ({
  session_id: sessionId,
  turn_id: workflowId,
  task_id: task.id,
  attempt: task.attempt,
})
