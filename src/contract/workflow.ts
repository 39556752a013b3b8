// What a workflow type is to the engine: a pure plan over a versioned state. The engine knows steps, not agents.
import type { EventDraft } from './events/index.ts'
import type { Uuid } from './ids.ts'
import type { Json, JsonObject } from './json.ts'

/** What may be done again after a worker's death (architecture.md, the turn). `client`: nobody holds it, a caller settles it. */
export const stepClasses = ['pure', 'idempotent', 'transactional', 'keyed', 'at_most_once', 'client'] as const
export type StepClass = (typeof stepClasses)[number]

/** Classes that start only after the control plane has stored that they began. */
export const beginsExplicitly = (stepClass: StepClass): boolean => stepClass === 'at_most_once' || stepClass === 'keyed'

export interface NewTask {
  /** Unique in its workflow: `reason-3`, a tool_call_id. */
  key: string
  kind: string
  class: StepClass
  input: JsonObject
  /** Only for class `client`: when the wait is over. Milliseconds from now. */
  deadlineMs?: number
}

/** A task of the workflow that is not settled yet, as the plan sees it. */
export interface OpenTask {
  key: string
  kind: string
  class: StepClass
  begun: boolean
}

/** How a task ended. `value` is what the worker's step returned. */
export type TaskOutcome =
  | { task: { key: string; kind: string }; status: 'finished'; value: Json }
  | { task: { key: string; kind: string }; status: 'dead'; error: string }
  | { task: { key: string; kind: string }; status: 'interrupted' }
  | { task: { key: string; kind: string }; status: 'conflict' }
  | { task: { key: string; kind: string }; status: 'timeout' }

/** What the plan may know besides its state; all of it read under the head's lock. */
export interface PlanView {
  /** Sequence of the last input message of the session. */
  lastInput: number
  /** The session's last sequence before this step's events. */
  lastSequence: number
  /** Now, database clock, milliseconds since 1970. */
  now: number
  open: OpenTask[]
}

/** A change to session state that commits with a step's result. `store` names who applies it. */
export interface Effect {
  store: string
  key: string
  /** The revision this write depends on; `null` = the entry was absent; left out = no dependency. */
  base?: string | null
  /** The new value; `null` deletes; left out = only a dependency. */
  write?: JsonObject | null
}

export interface Plan<State> {
  state: State
  tasks?: NewTask[]
  /** Open tasks to close, by key. */
  settle?: { key: string; status: 'completed' | 'cancelled' }[]
  events?: EventDraft[]
  effects?: Effect[]
  /** Live but not running: what it waits for must be in the state or in open tasks. */
  status?: 'running' | 'waiting' | 'paused'
  end?: { status: 'completed' | 'failed' | 'cancelled'; result?: Json; error?: Json }
}

export interface WorkflowType<State> {
  type: string
  /** The state version this release writes; it reads every one listed. */
  version: number
  reads: readonly number[]
  plan(state: State, outcome: TaskOutcome, view: PlanView): Plan<State>
  /** How one begins from an input alone: by a schedule. Types without it are begun by their own doors. */
  begin?(input: Json): Plan<State>
  /** What readers must hear when an attempt that had emitted events is given up: the range they drop. */
  superseded?(state: State, attempt: SupersededAttempt): EventDraft[]
  /** How a live workflow ends that has neither an open task nor a declared wait: nothing would ever move it again. */
  stranded?(state: State, view: PlanView): Plan<State>
}

export interface SupersededAttempt {
  task: { key: string; kind: string }
  execId: Uuid
  firstSequence: number
  lastSequence: number
  /** Characters of answer text it had shown. */
  chars: number
}

/** A task as a fence: what does not match changes nothing. */
export interface TaskRef {
  id: Uuid
  attempt: number
}
