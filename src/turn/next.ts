// What follows when nothing stands in the way of the next model call.
import type { EventDraft } from '../contract/events/index.ts'
import type { Plan, PlanView } from '../contract/workflow.ts'
import type { TurnState } from './state.ts'

/** The key of the model call that is open or comes next. */
export const reasonKey = (state: TurnState): string => `reason-${state.iteration + 1}`

/** Plans the next model call. It is given every input that is in the log by now; later ones are steering. */
export const reasonNext = (state: TurnState, view: Pick<PlanView, 'lastInput'>): Plan<TurnState> => ({
  state: { ...state, phase: { do: 'reason' }, through: view.lastInput },
  tasks: [{ key: reasonKey(state), kind: 'reason', class: 'pure', input: {} }],
  status: 'running',
})

/** The answer to a repeated or late report: nothing changes, and a turn that waits goes on waiting. */
export function unchanged(state: TurnState): Plan<TurnState> {
  if (state.phase.do === 'done') return { state }
  return { state, status: statuses[state.phase.do] }
}

const statuses = { reason: 'running', act: 'running', wait: 'waiting', paused: 'paused' } as const

/** The same plan with events before its own. */
export const preceded = (
  before: EventDraft[],
  { state, tasks, settle, events = [], effects, status, end }: Plan<TurnState>,
): Plan<TurnState> => ({ state, tasks, settle, events: [...before, ...events], effects, status, end })
