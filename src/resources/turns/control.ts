// What else happens to a turn from outside: cancelled, given its client's tool results, resumed; and a session's title.
import { createHash } from 'node:crypto'
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

/**
 * Problems: `conflict` when nothing waits for results, `bad_request` when they are not exactly the pending ones. The same results
 * once more are answered as the first time: without a key of the caller they are their own.
 */
export function resultsItem(orgId: Uuid, sessionId: Uuid, results: SubmittedResult[], key?: string): Item<{ accepted: number }> {
  const fingerprint = createHash('sha256').update(JSON.stringify(results)).digest('hex')
  const acceptKey = key ?? `tool-results ${fingerprint}`
  const answer = { accepted: results.length }
  return {
    name: 'tool_results',
    sessionId,
    orgId,
    acceptKey,
    bytes: JSON.stringify(results).length + 1024,
    patienceMs,
    fold(view) {
      const known = view.accepted(acceptKey)
      if (known && known.fingerprint !== fingerprint)
        throw new Problem('conflict', 'This idempotency key was used for other results', { code: 'idempotency_key_reused' })
      if (known && key !== undefined) return answer
      const state = stateOf(view)
      // Models may use the id of a call again in a later turn, and clients may say the same about it.
      if (known && !waitsForAny(state, results)) return answer
      if (!state) throw notWaiting()
      view.apply(turnWorkflow, settleResults(state, view.planView(), results), null)
      if (!known) view.accept({ key: acceptKey, fingerprint, answer })
      return answer
    },
  }
}

function waitsForAny(state: TurnState | null, results: readonly SubmittedResult[]): boolean {
  if (state?.phase.do !== 'wait') return false
  const open = state.phase.calls.filter((call) => call.progress === 'open').map((call) => call.id)
  return results.some((result) => open.includes(result.tool_call_id))
}

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
  looks: [
    { name: 'title_of_session', text: 'select title from sessions where org_id = $1 and id = $2', values: [orgId, sessionId] },
  ],
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
