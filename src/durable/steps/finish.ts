// The hand-off: the step's events, its effects, its end and the next task are one change.
import type { EventDraft } from '../../contract/events/index.ts'
import { execIdOf } from '../../contract/ids.ts'
import type { Json } from '../../contract/json.ts'
import type { Effect } from '../../contract/workflow.ts'
import type { TaskRow } from '../rows.ts'
import type { HeadView } from '../view.ts'
import { conclude, type Held, requeue } from './held.ts'

export interface Finished {
  value: Json
  events: EventDraft[]
  effects: Effect[]
  /** The finisher has a slot for what comes next. */
  wantsNext: boolean
  /** How many emits of the attempt came before it; none where it is left out. */
  emits?: number
}

/** What the step read has changed: it runs again this many times before the plan is told. */
const maxConflicts = 3

/**
 * `stored` also when it had been stored before and only the answer was lost. `foreign`: another release must do it. `missed`: an emit
 * before it is not stored.
 */
export type FinishAnswer =
  | { status: 'stored'; next: TaskRow | null }
  | { status: 'lost' }
  | { status: 'foreign' }
  | { status: 'missed' }

export function finish(view: HeadView, held: Held, finished: Finished): FinishAnswer {
  const { ref, incarnation } = held
  const known = view.tasks.get(ref.id)
  if (known?.status === 'completed' && known.claimedBy === incarnation && known.attempt === ref.attempt)
    return { status: 'stored', next: null }
  const task = view.held(ref, incarnation)
  if (!task) return { status: 'lost' }
  if (view.plannable() === null) return { status: 'foreign' }
  if ((finished.emits ?? 0) > task.emitted) return { status: 'missed' }
  if (!view.dependenciesHold(finished.effects)) return conflict(view, task)
  view.append(finished.events, task.workflowId, execIdOf(task.id, task.attempt))
  view.addEffects(finished.effects)
  const leasedBefore = view.leased.length
  conclude(view, task, 'completed', { task, status: 'finished', value: finished.value }, finished.wantsNext ? incarnation : null)
  const next = view.leased.slice(leasedBefore).find((leased) => leased.slot === 'finisher')
  return { status: 'stored', next: next?.task ?? null }
}

function conflict(view: HeadView, task: TaskRow): FinishAnswer {
  task.conflicts += 1
  task.lastError = 'what it had read was changed meanwhile'
  if (task.conflicts > maxConflicts) conclude(view, task, 'dead', { task, status: 'conflict' }, null)
  else requeue(view, task)
  return { status: 'lost' }
}
