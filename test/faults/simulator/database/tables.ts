// The rows of the database in memory. Rows are never changed, only replaced, so that whoever read one keeps what it read. JSON
// columns hold text, as they would on disk.
import type { StoredEvent } from '../../../../src/contract/events/index.ts'
import type { Uuid } from '../../../../src/contract/ids.ts'
import type { HeadRow, TaskRow, WorkflowRow } from '../../../../src/durable/rows.ts'

export type Stored<Row, Json extends keyof Row> = Readonly<Omit<Row, Json> & Record<Json, string>>
export type StoredWorkflow = Stored<WorkflowRow, 'state'>
export type StoredTask = Stored<TaskRow, 'input'> & { readonly priority: number }

export interface StoredWorker {
  readonly incarnation: Uuid
  readonly name: string
  readonly status: 'active' | 'stopped'
  readonly epoch: number
  readonly leaseUntil: number
  readonly rerunUntil: number
  readonly heardAt: number
  /** When its lease was last lengthened: not a column, for the checks. */
  readonly renewedAt: number
}

export interface StoredAccept {
  readonly sessionId: Uuid
  readonly key: string
  readonly fingerprint: string
  readonly answer: string
}

/** A value of a session, as tools change it: `by` is the call that wrote it, or the person. */
export interface StoredValue {
  readonly value: number
  readonly revision: number
  readonly by: string
  /** The revision its writer had read; null: it did not look. */
  readonly base: string | null
}

export interface Rows {
  heads: Readonly<HeadRow>
  workflows: StoredWorkflow
  tasks: StoredTask
  workers: StoredWorker
  accepts: StoredAccept
  values: StoredValue
  events: Readonly<StoredEvent>
  stamps: { readonly at: number }
  totals: { readonly turns: number }
}
export type TableName = keyof Rows
export type Tables = { [Name in TableName]: Map<string, Rows[Name]> }

/** A row before and after a commit. */
export type Change = {
  [Name in TableName]: { table: Name; key: string; before: Rows[Name] | undefined; after: Rows[Name] }
}[TableName]

export const emptyTables = (): Tables => ({
  heads: new Map(),
  workflows: new Map(),
  tasks: new Map(),
  workers: new Map(),
  accepts: new Map(),
  values: new Map(),
  events: new Map(),
  stamps: new Map(),
  totals: new Map(),
})

export const eventKey = (sessionId: Uuid, sequence: number): string => `${sessionId} ${sequence}`
export const acceptKey = (sessionId: Uuid, key: string): string => `${sessionId} ${key}`
