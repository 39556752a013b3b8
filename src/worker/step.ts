// What a step is to the loop: a function from an assignment to a result. The loop does not know models or tools.
import type { Assignment, ServiceReport } from '../contract/control-plane.ts'
import type { EventDraft } from '../contract/events/index.ts'
import type { Json } from '../contract/json.ts'
import type { Effect } from '../contract/workflow.ts'
import type { Emitter } from './emitter.ts'

export type StepResult =
  /** `events` follow what was emitted and not yet sent; they commit together with `value` and `effects`.
   * `stored` is called when they have. `services`: how those outside met the step, for circuit breakers. */
  | { kind: 'finish'; value: Json; events?: EventDraft[]; effects?: Effect[]; stored?: () => void; services?: ServiceReport[] }
  /** The step could not be done. `retryAfterMs` where the cause named one. */
  | { kind: 'fail'; error: string; retryable: boolean; retryAfterMs?: number; services?: ServiceReport[] }
  /** Nothing was done: a service that the step needs is not to be called for so long. Costs no failure. */
  | { kind: 'postpone'; afterMs: number }

export interface StepTools {
  /** Aborted when the task was lost or cancelled, or the worker stops: what the step returns after that is dropped. */
  signal: AbortSignal
  emit: Emitter
  /**
   * Before an at-most-once or keyed effect: resolves when the control plane has stored that the effect begins, together with
   * these events. Never resolves for a task that was lost.
   */
  begin(events: EventDraft[]): Promise<void>
  /** A worker operation in this task's name. While the control plane is away it waits and asks again, then rejects `unavailable`. */
  call(operation: string, input: Json): Promise<Json>
}

/** A throw is an accident: logged, and the task fails in a way that may be tried again. */
export type Step = (assignment: Assignment, tools: StepTools) => Promise<StepResult>

/** Which function runs which step; its keys are what the worker tells it can do. */
export type Steps = Record<string, Step>
