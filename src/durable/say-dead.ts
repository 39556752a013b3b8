// Steps that are dead, in the log: the admin API lists them, and nobody looks there unasked.
import type { Logger } from 'pino'
import type { HeadView } from './view.ts'

/** Characters of a dead step's last error that are logged. */
const longestError = 500

/** After a commit. */
export function sayDead(views: readonly HeadView[], log: Logger): void {
  for (const view of views) {
    for (const { id, kind, status, sessionId, workflowId, attempt, failures, lastError } of view.changedTasks) {
      if (status !== 'dead') continue
      const ids = { session_id: sessionId, workflow_id: workflowId, task_id: id, attempt }
      log.warn({ ...ids, step: kind, failures, error: lastError?.slice(0, longestError) }, 'a step is dead')
    }
  }
}
