// A live workflow that nothing would ever move again is ended by its own type, so that nobody waits for it for ever.
import type { Uuid } from '../../contract/ids.ts'
import type { HeadView } from '../view.ts'

/** Looks again, under the lock. True when the workflow was ended; a type without an answer to this is left as it is. */
export function strand(view: HeadView, workflowId: Uuid): boolean {
  const planned = view.plannable()
  if (planned?.workflow.id !== workflowId || planned.workflow.status === 'paused' || view.openTasks().length > 0) return false
  const plan = planned.type.stranded?.(planned.workflow.state, view.planView())
  if (!plan) return false
  view.apply(planned.type, plan, null)
  return true
}
