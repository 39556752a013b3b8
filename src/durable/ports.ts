// What the engine is handed by start/: the resources' SQL for events and effects, and what to do once a batch is committed.
import type { StoredEvent } from '../contract/events/index.ts'
import type { Uuid } from '../contract/ids.ts'
import type { JsonObject } from '../contract/json.ts'
import type { WorkflowType } from '../contract/workflow.ts'
import type { Statement, TaskRow, WorkflowRow } from './rows.ts'

export interface EffectKey {
  orgId: Uuid
  sessionId: Uuid
  key: string
}

export interface EffectWrite extends EffectKey {
  write: JsonObject | null
}

/** One kind of session state that effects may change. Statements have fixed texts and take arrays; a key may come twice. */
export interface EffectPort {
  store: string
  /** Holds off writers that do not take the session's head. */
  lock?(keys: EffectKey[]): Statement
  /** Locks the entries in key order and reads their revisions: rows `session_id`, `key`, `revision` (text). */
  revisions(keys: EffectKey[]): Statement
  writes(writes: EffectWrite[]): Statement[]
}

/** A task that was leased, with what its context is made from. */
export interface ContextRequest {
  task: TaskRow
  workflow: WorkflowRow
  /** What this process committed reaches at least to here; null: other processes may have committed since. */
  logEnd: number | null
  /** What `Ports.configRevisions` said under the head's lock; null where it was not asked. */
  configRevision: number | null
  /** Remembers what this holder was sent before; lives as long as its stream. */
  memory: Map<string, unknown>
}

/** A workflow type and how its tasks' contexts are made. */
export interface WorkflowRegistration<State> {
  type: WorkflowType<State>
  /** A context as JSON text for each of the requests, in their order. One that cannot be made keeps no other from its worker. */
  contexts(requests: ContextRequest[]): Promise<string>[]
}

export interface Ports {
  appendEvents(events: StoredEvent[]): Statement
  effects: ReadonlyMap<string, EffectPort>
  /** How new the configuration is that the heads' steps will run with: rows `sessionId`, `revision`. Read with every batch. */
  configRevisions?(sessionIds: Uuid[]): Statement
  /** Called after the commit with events in sequence order per session. */
  published(events: StoredEvent[]): void
}
