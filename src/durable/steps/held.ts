// What the folds on a held task share: the fence, giving an attempt up, and telling the plan how a task ended.
import { execIdOf, type Uuid } from '../../contract/ids.ts'
import type { Plan, TaskOutcome, TaskRef } from '../../contract/workflow.ts'
import type { TaskRow } from '../rows.ts'
import type { HeadView } from '../view.ts'

/** Who speaks about which attempt. */
export interface Held {
  ref: TaskRef
  incarnation: Uuid
}

/** Readers of the attempt's events are told to drop them; the next attempt starts with nothing emitted. */
function supersede(view: HeadView, task: TaskRow): void {
  const planned = view.plannable()
  if (task.emitted > 0 && task.emittedFrom !== null && planned) {
    const range = { firstSequence: task.emittedFrom, lastSequence: view.head.lastSequence }
    const execId = execIdOf(task.id, task.attempt)
    const drafts = planned.type.superseded?.(planned.workflow.state, { task, execId, ...range, chars: task.emittedChars }) ?? []
    view.append(drafts, planned.workflow.id, null)
  }
  task.emitted = 0
  task.emittedFrom = null
  task.emittedChars = 0
}

/** Puts a held task back in the queue. */
export function requeue(view: HeadView, task: TaskRow, delayMs = 0): void {
  supersede(view, task)
  task.status = 'pending'
  task.claimedBy = null
  task.claimedAt = null
  task.begunAt = null
  task.visibleAt = view.now + delayMs
  view.change(task)
}

/** Settles a held task and lets the workflow's plan decide what follows. */
export function conclude(
  view: HeadView,
  task: TaskRow,
  status: 'completed' | 'dead',
  outcome: TaskOutcome,
  finisher: Uuid | null,
): void {
  if (status === 'dead') supersede(view, task)
  task.status = status
  task.completedAt = view.now
  view.change(task)
  const planned = view.plannable()
  if (planned) view.apply(planned.type, planOf(view, planned, outcome), finisher)
}

type Planned = NonNullable<ReturnType<HeadView['plannable']>>

/** What follows. Where the type fails to say it, the workflow fails: it would fail again at every attempt, and nothing else would move it. */
function planOf(view: HeadView, { type, workflow }: Planned, outcome: TaskOutcome): Plan<unknown> {
  try {
    return type.plan(workflow.state, outcome, view.planView())
  } catch (error) {
    view.accidents.push(error)
    return endOf(view, { type, workflow }, error)
  }
}

/** The end its type has for a workflow that nothing moves, or an end without a word from it. */
function endOf(view: HeadView, { type, workflow: { state } }: Planned, cause: unknown): Plan<unknown> {
  try {
    const plan = type.stranded?.(state, view.planView())
    if (plan) return plan
  } catch (error) {
    view.accidents.push(error)
  }
  return {
    state,
    end: { status: 'failed', error: `its plan could not be made: ${cause instanceof Error ? cause.message : cause}` },
  }
}
