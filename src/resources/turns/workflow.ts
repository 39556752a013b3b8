// The turn as the engine runs it: the pure plan, and what an ended turn adds to its session's totals.
import type { EventDraft } from '../../contract/events/index.ts'
import { draft } from '../../contract/events/index.ts'
import { toWire } from '../../contract/ids.ts'
import type { Effect, Plan, WorkflowType } from '../../contract/workflow.ts'
import { strand } from '../../turn/doors.ts'
import { turn } from '../../turn/plan.ts'
import type { TurnState } from '../../turn/state.ts'

/** A plan that ends its turn also adds the turn to the session's totals. */
export function withTotals(plan: Plan<TurnState>, now: number): Plan<TurnState> {
  const { state, tasks, settle, events, effects = [], status, end } = plan
  return end ? { state, tasks, settle, events, effects: [...effects, totalsOf(state, now)], status, end } : plan
}

function totalsOf(state: TurnState, now: number): Effect {
  return {
    store: 'totals',
    key: 'turn',
    write: {
      usage: { ...state.usage },
      duration_ms: Math.max(0, now - state.startedAt),
      started_at: state.startedAt,
      preview: state.inputPreview,
      output_preview: state.finalPreview ?? null,
    },
  }
}

/** The type that the engine is given; its plans carry the totals. */
export const turnWorkflow: WorkflowType<TurnState> = {
  ...turn,
  plan: (state, outcome, view) => withTotals(turn.plan(state, outcome, view), view.now),
  stranded: (state, view) => withTotals(strand(state, view), view.now),
  superseded(state, attempt): EventDraft[] {
    if (attempt.task.kind !== 'reason') return []
    return [
      draft('reason.recovered', {
        turn_id: toWire('turn', state.turnId),
        mode: 'restart',
        accumulated_len: attempt.chars,
        exec_id: toWire('exec', attempt.execId),
        first_sequence: attempt.firstSequence,
        last_sequence: attempt.lastSequence,
      }),
    ]
  },
}
