// How a turn ends: completed, failed or cancelled, each with its events in order.

import { draft, type EventDraft } from '../contract/events/index.ts'
import { toWire } from '../contract/ids.ts'
import { addUsage, type Message } from '../contract/message.ts'
import { timeText } from '../contract/time-text.ts'
import type { Plan, PlanView } from '../contract/workflow.ts'
import { messageIdOf } from './message-ids.ts'
import type { ReasonOutcome, TurnError, TurnState } from './state.ts'

type Answered = Extract<ReasonOutcome, { ok: true }>

const previewLength = 200
/** The start of a text; never half a surrogate pair. */
export const previewOf = (text: string): string => text.slice(0, previewLength).replace(/[\ud800-\udbff]$/, '')

const stopReasons: Record<Answered['finishReason'], string> = {
  stop: 'end_turn',
  tool_calls: 'end_turn',
  other: 'end_turn',
  length: 'max_tokens',
  refusal: 'refusal',
}

const ended = (state: TurnState): TurnState => ({ ...state, phase: { do: 'done' } })
const wireTurn = (state: TurnState): string => toWire('turn', state.turnId)

const idled = (state: TurnState): EventDraft =>
  draft('session.idled', {
    turn_id: wireTurn(state),
    iterations: state.iteration,
    usage: addUsage(state.usageBefore, state.usage),
  })

export function complete(before: TurnState, answer: Answered, view: PlanView): Plan<TurnState> {
  const state = { finalMessageId: answer.messageId, finalPreview: previewOf(answer.preview), ...before }
  const stopReason = stopReasons[answer.finishReason]
  const completed = draft('turn.completed', {
    turn_id: wireTurn(state),
    iterations: state.iteration,
    status: 'completed',
    duration_ms: Math.max(0, view.now - state.startedAt),
    usage: state.usage,
    final_message_id: state.finalMessageId,
    final_answer_preview: state.finalPreview,
    ...(state.timeToFirstTokenMs === undefined ? {} : { time_to_first_token_ms: state.timeToFirstTokenMs }),
    tool_call_count: state.toolCallCount,
    llm_call_count: state.iteration,
    input_content: state.inputPreview,
    stop_reason: stopReason,
  })
  const result = { final_message_id: answer.messageId, iterations: state.iteration, stop_reason: stopReason }
  return { state: ended(state), events: [completed, idled(state)], end: { status: 'completed', result } }
}

/** Ends with a message that the user reads. */
export function fail(state: TurnState, error: TurnError, view: PlanView): Plan<TurnState> {
  const about = {
    error_code: error.code,
    ...(error.fields ? { error_fields: error.fields } : {}),
    error_disclosure: error.disclosure,
  }
  const message = notice(state, 'failed', error.message, view)
  return {
    state: ended({ finalMessageId: message.id, finalPreview: previewOf(error.message), ...state }),
    events: [
      draft('output.message.completed', { message, ...about }),
      draft('turn.failed', { turn_id: wireTurn(state), error: error.message, ...about }),
      idled(state),
    ],
    end: { status: 'failed', error: { code: error.code, message: error.message } },
  }
}

/** Ends at the user's wish; `results` close the open calls first. */
export function stop(state: TurnState, results: EventDraft[], reason: string, view: PlanView): Plan<TurnState> {
  const said = draft('output.message.completed', { message: notice(state, 'cancelled', 'The turn was cancelled.', view) })
  return { ...giveWay(state, results, reason, view), events: [...results, cancelled(state, reason), said, idled(state)] }
}

/** Ends because the next turn begins in the same transaction: the session does not become idle in between. */
export const giveWay = (state: TurnState, results: EventDraft[], reason: string, view: PlanView): Plan<TurnState> => ({
  state: ended(state),
  settle: view.open.map((task) => ({ key: task.key, status: 'cancelled' })),
  events: [...results, cancelled(state, reason)],
  end: { status: 'cancelled', result: { reason } },
})

const cancelled = (state: TurnState, reason: string): EventDraft =>
  draft('turn.cancelled', { turn_id: wireTurn(state), reason, usage: state.usage })

const notice = (state: TurnState, what: string, text: string, view: PlanView): Message => ({
  id: messageIdOf(state.turnId, state.iteration, what),
  role: 'agent',
  content: [{ type: 'text', text }],
  created_at: timeText(view.now),
})
