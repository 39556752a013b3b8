// Ends a workflow from outside, whatever its type. What its holders still report changes nothing.
import type { Uuid } from '../../contract/ids.ts'
import type { HeadView } from '../view.ts'

/** True when it was live and is cancelled now. A type that has more to say about its end has a door of its own. */
export function cancelWorkflow(view: HeadView, workflowId: Uuid): boolean {
  const planned = view.plannable()
  if (planned?.workflow.id !== workflowId) return false
  view.apply(planned.type, { state: planned.workflow.state, end: { status: 'cancelled' } }, null)
  return true
}
