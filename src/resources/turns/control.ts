// What else happens to a turn from outside: cancelled, given its client's tool results, resumed; and a session's title.
import { draft } from '../../contract/events/index.ts'
import type { Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import type { HeadView, Item } from '../../durable/index.ts'
import type { SubmittedResult } from '../../turn/call-results.ts'
import { cancel, notWaiting, resume, settleResults } from '../../turn/doors.ts'
import type { TurnState } from '../../turn/state.ts'
import { turnWorkflow, withTotals } from './workflow.ts'

const patienceMs = 10_000

/** The live turn's state; null without one. A turn that only another release can plan: Problem `unavailable`. */
function stateOf(view: HeadView): TurnState | null {
  if (!view.workflow) return null
  const planned = view.plannable()
  if (!planned) throw new Problem('unavailable', 'Another release runs this turn; try again', { retryAfterSeconds: 1 })
  // `plannable` checked type and version.
  return planned.workflow.state as TurnState
}

/** True when there was a turn to cancel: the live one, or `only` that one. */
export const cancelItem = (orgId: Uuid, sessionId: Uuid, reason: string, only?: Uuid): Item<boolean> => ({
  name: 'cancel',
  sessionId,
  orgId,
  bytes: 2048,
  patienceMs,
  fold(view) {
    const state = stateOf(view)
    if (!state || (only !== undefined && state.turnId !== only)) return false
    view.apply(turnWorkflow, withTotals(cancel(state, view.planView(), reason), view.now), null)
    return true
  },
})

/** Problems: `conflict` when nothing waits for results, `bad_request` when they are not exactly the pending ones. */
export const resultsItem = (
  orgId: Uuid,
  sessionId: Uuid,
  results: SubmittedResult[],
  key?: string,
): Item<{ accepted: number }> => ({
  name: 'tool_results',
  sessionId,
  orgId,
  acceptKey: key,
  bytes: JSON.stringify(results).length + 1024,
  patienceMs,
  fold(view) {
    const known = key === undefined ? undefined : view.accepted(key)
    const fingerprint = JSON.stringify(results)
    if (known?.fingerprint === fingerprint) return { accepted: results.length }
    if (known)
      throw new Problem('conflict', 'This idempotency key was used for other results', { code: 'idempotency_key_reused' })
    const state = stateOf(view)
    if (!state) throw notWaiting()
    view.apply(turnWorkflow, settleResults(state, view.planView(), results), null)
    if (key !== undefined) view.accept({ key, fingerprint, answer: { accepted: results.length } })
    return { accepted: results.length }
  },
})

/** Problem `conflict` when the session is not paused. */
export const resumeItem = (orgId: Uuid, sessionId: Uuid): Item<void> => ({
  name: 'resume',
  sessionId,
  orgId,
  bytes: 1024,
  patienceMs,
  fold(view) {
    const state = stateOf(view)
    if (!state) throw new Problem('conflict', 'The session is not paused.', { code: 'not_paused' })
    view.apply(turnWorkflow, resume(state, view.planView()), null)
  },
})

/** Changes a session's title and tells its readers; the same title changes nothing. */
export const titleItem = (orgId: Uuid, sessionId: Uuid, title: string): Item<void> => ({
  name: 'title',
  sessionId,
  orgId,
  looks: [{ name: 'title_of_session', text: 'select title from sessions where id = $1', values: [sessionId] }],
  bytes: 1024,
  patienceMs,
  fold(view, looked) {
    const previous = looked[0]?.[0]?.title
    if (previous === title) return
    view.append(
      [draft('session.title.updated', { title, ...(typeof previous === 'string' ? { previous_title: previous } : {}) })],
      null,
      null,
    )
    view.addEffects([{ store: 'session', key: 'title', write: { title } }])
  },
})
