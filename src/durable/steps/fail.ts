// A step that could not be done: again after a pause, or dead, and the plan is told.
import { toStorableText } from '../../contract/json.ts'
import type { HeadView } from '../view.ts'
import { conclude, type Held, requeue } from './held.ts'

export interface Failed {
  error: string
  retryable: boolean
  retryAfterMs?: number
  /** 0 ≤ x < 1, spreads retries. */
  random: number
}

const firstPauseMs = 1_000
const longestPauseMs = 60_000
const jitter = 0.1

/** Characters of a failure's words that are kept. */
const longestError = 8_000

/** Pause before attempt n (n ≥ 2): 1 s, 2 s, 4 s … at most a minute, ± 10 %. */
export function pauseBefore(attempt: number, random: number): number {
  if (attempt <= 1) return 0
  const nominal = Math.min(firstPauseMs * 2 ** (attempt - 2), longestPauseMs)
  return nominal * (1 + jitter * (2 * random - 1))
}

export function fail(view: HeadView, { ref, incarnation }: Held, failed: Failed): 'stored' | 'lost' {
  const task = view.held(ref, incarnation)
  if (!task) return 'lost'
  const error = toStorableText(failed.error.slice(0, longestError))
  task.failures += 1
  task.lastError = error
  const begun = task.class === 'at_most_once' && task.begunAt !== null
  if (failed.retryable && !begun && task.failures < task.maxFailures) {
    requeue(view, task, failed.retryAfterMs ?? pauseBefore(task.failures + 1, failed.random))
  } else conclude(view, task, 'dead', { task, status: 'dead', error }, null)
  return 'stored'
}

/**
 * A step handed back untouched: costs nothing. A begun at-most-once call cannot be handed back. `afterMs`: not to be tried sooner,
 * because a service it needs is not to be called; without it (drain, shutdown) at once.
 */
export function release(view: HeadView, { ref, incarnation }: Held, afterMs = 0): 'stored' | 'lost' {
  const task = view.held(ref, incarnation)
  if (!task) return 'lost'
  if (task.class === 'at_most_once' && task.begunAt !== null) conclude(view, task, 'dead', { task, status: 'interrupted' }, null)
  else {
    if (afterMs > 0) task.postponed += 1
    requeue(view, task, afterMs)
  }
  return 'stored'
}

/**
 * A step that its holder cannot be sent: what it works on cannot be made. It is tried again like one that failed. A begun at-most-once call
 * (its holder was sent it before and has it no more) is given up: nobody knows how it ended.
 */
export function failUnsent(view: HeadView, held: Held, failed: { error: string; random: number }): 'stored' | 'lost' {
  const begun = view.held(held.ref, held.incarnation)?.begunAt ?? null
  return begun === null ? fail(view, held, { retryable: true, ...failed }) : release(view, held)
}
