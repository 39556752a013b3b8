// What happens to a turn from outside: it begins, is steered, cancelled, given results, paused and resumed. Pure, as the plan is.

import { textOf } from '../contract/content.ts'
import { draft } from '../contract/events/index.ts'
import { toWire, type Uuid } from '../contract/ids.ts'
import type { Message, TokenUsage } from '../contract/message.ts'
import { Problem } from '../contract/problem.ts'
import type { Plan, PlanView } from '../contract/workflow.ts'
import { advanceWait, marked } from './batch.ts'
import { cancelledResult, type SubmittedResult, submittedResult } from './call-results.ts'
import { fail, giveWay, previewOf, stop } from './endings.ts'
import { disclosureOf, turnError } from './errors.ts'
import { preceded, reasonNext, unchanged } from './next.ts'
import type { BatchCall, TurnState } from './state.ts'

export interface Beginning {
  /** The UUID of the message. */
  turnId: Uuid
  /** As it goes into `input.message`; its controls hold for the turn. */
  message: Message
  harnessId: Uuid
  agentId: Uuid | null
  maxIterations: number
  toolResultTimeoutMs: number
  /** The session's total so far. */
  usageBefore?: TokenUsage
}

/**
 * The first state and plan of a turn. `view.lastSequence` is the last sequence before this plan's events, so after the
 * events of a turn that gives way; the message gets the next one.
 */
export function begin(given: Beginning, view: Pick<PlanView, 'now' | 'lastSequence'>): Plan<TurnState> {
  const { turnId, message, harnessId, agentId, maxIterations, toolResultTimeoutMs, usageBefore } = given
  const inputPreview = previewOf(textOf(message.content))
  const state: TurnState = {
    version: 1,
    turnId,
    harnessId,
    agentId,
    startedAt: view.now,
    iteration: 0,
    maxIterations,
    through: 0,
    controls: message.controls ?? {},
    toolResultTimeoutMs,
    phase: { do: 'reason' },
    usage: { input_tokens: 0, output_tokens: 0 },
    ...(usageBefore ? { usageBefore } : {}),
    toolCallCount: 0,
    inputPreview,
  }
  const about = { turn_id: toWire('turn', turnId), input_message_id: message.id }
  const events = [
    draft('input.message', { message }),
    draft('session.activated', about),
    draft('turn.started', { input_content: inputPreview, ...about }),
  ]
  return preceded(events, reasonNext(state, { lastInput: view.lastSequence + 1 }))
}

/**
 * A message to a running or paused turn: the message alone; the next model call sees it. Controls that it names hold from
 * there on. The state is the same object when nothing in it changed.
 */
export function steer(state: TurnState, message: Message): Plan<TurnState> {
  const named = Object.entries(message.controls ?? {}).filter(([, value]) => value != null)
  const steered = named.length > 0 ? { ...state, controls: { ...state.controls, ...Object.fromEntries(named) } } : state
  return { ...unchanged(steered), events: [draft('input.message', { message })] }
}

/**
 * A message to a waiting turn ends that turn; the next one begins in the same transaction (`begin` with `lastSequence`
 * moved by the events of this plan), so the session does not become idle in between.
 */
export const interruptWait = (state: TurnState, view: PlanView): Plan<TurnState> =>
  giveWay(state, closeCalls(state, view, 'Cancelled: the user sent a new message.'), 'new_message', view)

/** Ends a live turn in whatever phase: every call without a result gets one, begun ones say that their outcome is unknown. */
export const cancel = (state: TurnState, view: PlanView, reason: string): Plan<TurnState> =>
  stop(state, closeCalls(state, view, 'Cancelled: the turn was cancelled.'), reason, view)

/** A turn that nothing would ever move again fails as one that went wrong, so that its session does not hang. */
export function strand(state: TurnState, view: PlanView): Plan<TurnState> {
  const error = turnError('processing_error', { disclosure: disclosureOf(state.controls.error_disclosure) })
  return preceded(closeCalls(state, view, 'Not finished: the turn was lost.'), fail(state, error, view))
}

const unanswered = ({ phase }: TurnState): BatchCall[] =>
  phase.do === 'act' || phase.do === 'wait'
    ? phase.calls.filter((call) => call.progress === 'open' || call.progress === 'queued')
    : []

function closeCalls(state: TurnState, view: PlanView, why: string) {
  const begun = new Set(view.open.filter((task) => task.begun).map((task) => task.key))
  return unanswered(state).map((call) => cancelledResult(call, why, begun.has(call.id)))
}

/**
 * The client's results, all at once: exactly the pending calls, each once.
 * Problems: `conflict` (`not_waiting_for_tool_results`) when the turn waits for none, `bad_request` when the ids differ.
 */
export function settleResults(state: TurnState, view: PlanView, results: readonly SubmittedResult[]): Plan<TurnState> {
  const { phase } = state
  if (phase.do !== 'wait') throw notWaiting()
  const pending = unanswered(state)
  const byCall = new Map(results.map((result) => [result.tool_call_id, result]))
  const given = pending.flatMap((call) => {
    const result = byCall.get(call.id)
    return result ? [submittedResult(call, result)] : []
  })
  if (given.length !== pending.length || results.length !== pending.length) throw notThePending(pending)
  const failed = new Set(results.filter((result) => result.error != null).map((result) => result.tool_call_id))
  const calls = marked(marked(phase.calls, new Set(byCall.keys()), 'success'), failed, 'error')
  const settle = pending.map((call) => ({ key: call.id, status: 'completed' as const }))
  return { ...preceded(given, advanceWait(state, { ...phase, calls }, view)), settle }
}

/** The answer to results for a session whose live turn waits for none. */
export const notWaiting = (): Problem =>
  new Problem('conflict', 'The session is not waiting for tool results.', { code: 'not_waiting_for_tool_results' })

const notThePending = (pending: readonly BatchCall[]): Problem =>
  new Problem(
    'bad_request',
    `The results must be exactly those of the pending tool calls: ${pending.map((call) => call.id).join(', ')}.`,
    {
      code: 'tool_results_mismatch',
    },
  )

/** Holds back the model call that `planned` would start; a plan that starts none is returned as it is. */
export function pause(planned: Plan<TurnState>, why: string): Plan<TurnState> {
  if (!planned.tasks?.some((task) => task.kind === 'reason')) return planned
  const state: TurnState = { ...planned.state, phase: { do: 'paused', why, resumeAs: 'reason' } }
  return { ...planned, state, tasks: [], status: 'paused' }
}

/** Goes on with a paused turn, with everything that was said meanwhile. `conflict` when it is not paused. */
export function resume(state: TurnState, view: PlanView): Plan<TurnState> {
  if (state.phase.do !== 'paused') throw new Problem('conflict', 'The session is not paused.', { code: 'not_paused' })
  return reasonNext(state, view)
}
