// What a view is made from, and what it gathers besides rows.
import type { Uuid } from '../contract/ids.ts'
import type { Json } from '../contract/json.ts'
import type { HeadRow, TaskRow, WorkflowRow } from './rows.ts'

export interface Lease {
  held: boolean
  rerunHeld: boolean
}
export interface Revision {
  revision: string | null
  place: string | undefined
}
export interface StoredAccept {
  fingerprint: string
  answer: Json
}
/** Finds a holder with a free slot for a new task, or null to leave it to a later claim. */
export type Place = (task: { kind: string; orgId: Uuid }) => Uuid | null
/** Whether a finisher of this organisation may keep its slot for the next step (fairness.ts). */
export type MayKeep = (orgId: Uuid, now: number) => boolean
/** Who gets a new task at once, in the transaction that makes it. */
export interface Placing {
  place: Place
  mayKeep: MayKeep
  /** Whether a finisher can run such a step: it may be of another release. */
  knows(holder: Uuid, kind: string): boolean
}

export interface ViewRows {
  head: HeadRow
  workflow: WorkflowRow | null
  tasks: TaskRow[]
  leases: Map<Uuid, Lease>
  /** `store\0key` → what is there now; no entry = absent. */
  revisions: Map<string, Revision>
  /** Places that this batch writes: of every head, because two sessions may share a workspace. */
  written: Set<string>
  accepts: Map<string, StoredAccept>
  configRevision: number | null
  /** Wire ids of messages → their sequence, looked up only when the transaction runs again. */
  inputs: Map<string, number>
  now: number
}

/** `slot`: whose free slot it took: the one its finisher just left, or a credit of some stream. */
export interface Leased {
  task: TaskRow
  workflow: WorkflowRow
  slot: 'finisher' | 'credit'
  /** The log's last sequence when it was leased; null where that is not known (a claim from the queue). */
  logEnd: number | null
  /** The same for the configuration. */
  configRevision: number | null
}

export interface NewAccept extends StoredAccept {
  key: string
}
