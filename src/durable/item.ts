// One thing that wants to happen under a head's lock.
import type { Uuid } from '../contract/ids.ts'
import type { Statement } from './rows.ts'
import type { HeadView } from './view.ts'

export interface RevisionKey {
  store: string
  key: string
}

export interface Item<R> {
  /** What it is, for logs and failpoints: `accept`, `finish` … */
  name: string
  sessionId: Uuid
  /** A door's caller: a head of another organisation is as absent to it. */
  orgId?: Uuid
  /** Tasks to read although they may be settled. */
  taskIds?: Uuid[]
  /** Holders whose leases the fold wants to know. */
  holders?: Uuid[]
  /** Entries whose current revision the fold compares. Locked, so that they stay. */
  revisions?: RevisionKey[]
  /** An idempotency key to look up (and to store through `view.accept`). */
  acceptKey?: string
  /** The message this item brings (wire id): when a commit's outcome was unknown, the rerun looks whether it is in the log. */
  inputId?: string
  /** Further rows the fold wants, read under the lock; fixed texts. */
  looks?: Statement[]
  /** Rough size of what it writes; large items do not share a transaction. */
  bytes: number
  /** How long to go on while the database is away; a step's result waits for ever (the default). */
  patienceMs?: number
  /**
   * Validates first and throws a Problem, then changes the view. Called again whenever the transaction has to be run again. What it throws
   * later takes the transaction back and reaches the one who submitted it.
   */
  fold(view: HeadView, looked: Row[][]): R
}

/** A row of a look: whoever wrote the statement knows its columns. */
export type Row = Record<string, unknown>

/** The head is not there (or of another organisation): what every fold may answer with. */
export class HeadMissing extends Error {
  constructor() {
    super('no such head')
  }
}

/** A fold failed after it had changed something, or by a mistake: nothing of its transaction may be committed. */
export class BrokenFold extends Error {
  readonly item: Item<unknown>

  constructor(item: Item<unknown>, cause: unknown) {
    super(`the fold of ${item.name} failed`, { cause })
    this.item = item
  }
}
