// Decides what a turn does next. Pure: no clock, no database, no model.

import { addUsage } from '../contract/message.ts'
import type { Plan, PlanView, TaskOutcome, WorkflowType } from '../contract/workflow.ts'
import { advance, advanceWait, marked, startBatch } from './batch.ts'
import { cancelledResult, resultOfEnding } from './call-results.ts'
import { complete, fail } from './endings.ts'
import { disclosureOf, turnError } from './errors.ts'
import { preceded, reasonKey, reasonNext, unchanged } from './next.ts'
import { readAct, readReason } from './outcomes.ts'
import type { BatchCall, ReasonOutcome, TurnState } from './state.ts'

type Answered = Extract<ReasonOutcome, { ok: true }>

/**
 * The turn as a workflow. Every plan of a live turn names its status. A repeated or late report gets the same state object
 * back, without tasks or events. Throws where a worker's value is no report.
 */
export const turn: WorkflowType<TurnState> = { type: 'turn', version: 1, reads: [1], plan }

function plan(state: TurnState, outcome: TaskOutcome, view: PlanView): Plan<TurnState> {
  const { phase } = state
  if (phase.do === 'reason' && outcome.task.key === reasonKey(state)) return afterReason(state, outcome, view)
  if (phase.do === 'act' || phase.do === 'wait') return afterCall(state, phase, outcome, view)
  return unchanged(state)
}

function afterReason(before: TurnState, outcome: TaskOutcome, view: PlanView): Plan<TurnState> {
  const called = { ...before, iteration: before.iteration + 1 }
  if (outcome.status !== 'finished') return fail(called, planError(called, 'processing_error'), view)
  const answer = readReason(outcome.value)
  const state = { ...called, usage: addUsage(called.usage, answer.usage) }
  return answer.ok ? afterAnswer(withFirstToken(state, answer), answer, view) : fail(state, answer.error, view)
}

const withFirstToken = (state: TurnState, { timeToFirstTokenMs }: Answered): TurnState =>
  state.timeToFirstTokenMs === undefined && timeToFirstTokenMs !== undefined ? { timeToFirstTokenMs, ...state } : state

/** The limit holds back a model that never stops calling tools; a user who keeps writing is always answered. */
function afterAnswer(state: TurnState, answer: Answered, view: PlanView): Plan<TurnState> {
  if (answer.calls.length === 0) return view.lastInput > state.through ? reasonNext(state, view) : complete(state, answer, view)
  if (state.iteration < state.maxIterations) return startBatch(state, answer.calls, view)
  const notRun = answer.calls.map((call) => cancelledResult(call, 'Not run: the turn reached its limit of model calls.', false))
  return preceded(notRun, fail(state, planError(state, 'max_iterations', { limit: state.maxIterations }), view))
}

const planError = (state: TurnState, code: string, fields?: Record<string, unknown>) =>
  turnError(code, { disclosure: disclosureOf(state.controls.error_disclosure), fields })

type Calling = Extract<TurnState['phase'], { do: 'act' | 'wait' }>

function afterCall(state: TurnState, phase: Calling, outcome: TaskOutcome, view: PlanView): Plan<TurnState> {
  const call = phase.calls.find(({ id }) => id === outcome.task.key)
  if (call?.progress !== 'open' || isForeign(call, outcome)) return unchanged(state)
  const calls = marked(phase.calls, new Set([call.id]), succeeded(outcome) ? 'success' : 'error')
  const next = phase.do === 'act' ? advance(state, { ...phase, calls }, view) : advanceWait(state, { ...phase, calls }, view)
  return outcome.status === 'finished' ? next : preceded([resultOfEnding(call, outcome.status)], next)
}

/** A client's result comes through its own door (settleResults): a finish alone would bring no result. */
const isForeign = (call: BatchCall, outcome: TaskOutcome): boolean => call.class === 'client' && outcome.status === 'finished'

const succeeded = (outcome: TaskOutcome): boolean => outcome.status === 'finished' && readAct(outcome.value).status === 'success'
