// The worker's five verbs. The same interface over gRPC and, in the all-in-one process, over plain calls.
// Four of them (Claim, Beat, Emit, Finish) are messages on one stream; Call is a request of its own.
import type { EventDraft } from './events/index.ts'
import type { Uuid } from './ids.ts'
import type { Json } from './json.ts'
import type { Effect, StepClass, TaskRef } from './workflow.ts'

/** Said first on every new stream, also after a reconnect. */
export interface Hello {
  /** Random, made at process start: the holder of leases. */
  incarnation: Uuid
  name: string
  group: string | null
  kinds: string[]
  capacity: number
  /** True for the worker inside the control plane's own process. */
  inProcess: boolean
  hostname: string
  version: string
  /** What this incarnation really runs now. */
  running: TaskRef[]
  /** Counts this incarnation's streams from 1: the Hello of an older one that arrives late is refused. */
  stream: number
}

/** How a service outside met a step: what circuit breakers count. */
export interface ServiceReport {
  /** `llm:provider_…`. */
  key: string
  /** False: it did not answer, or answered that it cannot now. What the caller did wrong is not reported. */
  ok: boolean
}

/** Worker → control plane. */
export type WorkerMessage =
  /** Claim: so many more slots are free. */
  | { kind: 'credit'; slots: number }
  /** Beat: alive, and running exactly these. */
  | { kind: 'beat'; running: TaskRef[]; accepting: boolean }
  /** Emit: `number` counts this attempt's emits from 1, and one that skips a number ends the stream; `chars` is the answer text in it, for the reset marker. */
  | { kind: 'emit'; task: TaskRef; number: number; chars: number; events: EventDraft[] }
  /** The fenced write before an at-most-once or keyed effect; carries tool.started. Nothing starts before `begun` comes back. */
  | { kind: 'begin'; task: TaskRef; events: EventDraft[] }
  /**
   * Finish: `value` goes to the workflow's plan; `events` is whatever was not emitted; `wantsNext`: a slot is free for the next task;
   * `emits`: how many Emits came before it, none where it is left out.
   */
  | {
      kind: 'finish'
      task: TaskRef
      value: Json
      events: EventDraft[]
      effects: Effect[]
      wantsNext: boolean
      emits?: number
      services?: ServiceReport[]
    }
  /** The step could not be done. `retryAfterMs` where the cause named one. */
  | { kind: 'fail'; task: TaskRef; error: string; retryable: boolean; retryAfterMs?: number; services?: ServiceReport[] }
  /** Handed back untouched (drain, shutdown); costs no failure. `afterMs`: postponed, a service it needs is not to be called sooner. */
  | { kind: 'release'; tasks: TaskRef[]; afterMs?: number }
  /** The last word of a worker that stops. */
  | { kind: 'goodbye' }

/** A leased task with all it needs. */
export interface Assignment {
  task: TaskRef
  orgId: Uuid
  sessionId: Uuid
  workflowId: Uuid
  workflowType: string
  key: string
  /** Which step to run. */
  step: string
  class: StepClass
  input: Json
  /** What the workflow type's context builder made; JSON text, opaque to engine and transport. */
  context: string
  /** A dead attempt had already emitted under this exec id. */
  recovered: boolean
}

/** Control plane → worker. */
export type ControlMessage =
  | { kind: 'welcome'; epoch: number; beatMs: number; leaseMs: number }
  | { kind: 'task'; assignment: Assignment }
  /** Emits of this attempt up to `number` are stored. */
  | { kind: 'emitted'; task: TaskRef; number: number }
  | { kind: 'begun'; task: TaskRef }
  /** The Finish (or Fail, or Release) is stored. `next` are tasks already leased to this worker. */
  | { kind: 'finished'; task: TaskRef; next: Assignment[] }
  /** The fence did not match, or the turn was cancelled: stop, report nothing more. `lost`: do not cancel resumable work elsewhere. */
  | { kind: 'stop'; task: TaskRef; why: 'lost' | 'cancelled' }
  | { kind: 'drain' }
  | { kind: 'resume' }

export interface Link {
  send(message: WorkerMessage): void
  /** Ends the stream without a goodbye. */
  close(): void
}

export interface LinkEvents {
  receive(message: ControlMessage): void
  /** The stream is gone; the caller opens a new one. */
  closed(why: string): void
}

export interface ControlPlane {
  open(hello: Hello, events: LinkEvents): Link
  /**
   * Call: an operation whose audience is 'worker', in the name of a held task; organisation and session come from
   * its lease. Rejects with a Problem.
   */
  call(task: TaskRef, incarnation: Uuid, operation: string, input: Json, signal?: AbortSignal): Promise<Json>
}
