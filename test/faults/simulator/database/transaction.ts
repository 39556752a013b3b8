// What one connection has changed and not committed, and what it holds locked. As PostgreSQL at READ COMMITTED: a statement sees what
// was committed before it began; a row that another transaction changed or locked is waited for, or skipped where the statement says so.
import type { Uuid } from '../../../../src/contract/ids.ts'
import { type Change, emptyTables, eventKey, type Rows, type TableName, type Tables } from './tables.ts'

/** An error as the driver shows it. */
export class SqlError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** The row is another transaction's: the statement is tried again once that has ended. */
export class Blocked extends Error {}

export class Transaction {
  readonly begunAt: number
  readonly #tables: Tables
  readonly #locks: Map<string, Transaction>
  readonly #held = new Set<string>()
  readonly #pending = emptyTables()

  constructor(tables: Tables, locks: Map<string, Transaction>, begunAt: number) {
    this.#tables = tables
    this.#locks = locks
    this.begunAt = begunAt
  }

  /** False when somebody else has it. */
  tryLock(table: TableName, key: string): boolean {
    const name = `${table} ${key}`
    const holder = this.#locks.get(name)
    if (holder && holder !== this) return false
    this.#locks.set(name, this)
    this.#held.add(name)
    return true
  }

  lock(table: TableName, key: string): void {
    if (!this.tryLock(table, key)) throw new Blocked()
  }

  /** The row as this transaction sees it. */
  read<Name extends TableName>(table: Name, key: string): Rows[Name] | undefined {
    return this.#pending[table].get(key) ?? this.#tables[table].get(key)
  }

  /** The rows as this transaction sees them. */
  all<Name extends TableName>(table: Name): Rows[Name][] {
    const pending = this.#pending[table]
    if (pending.size === 0) return [...this.#tables[table].values()]
    const committed = [...this.#tables[table]].map(([key, row]) => pending.get(key) ?? row)
    return [...committed, ...[...pending].flatMap(([key, row]) => (this.#tables[table].has(key) ? [] : [row]))]
  }

  /** A session's log after a sequence, in order. */
  eventsOf(sessionId: Uuid, after = 0): Rows['events'][] {
    const events: Rows['events'][] = []
    for (let sequence = after + 1; ; sequence += 1) {
      const event = this.read('events', eventKey(sessionId, sequence))
      if (!event) return events
      events.push(event)
    }
  }

  update<Name extends TableName>(table: Name, key: string, row: Rows[Name]): void {
    this.lock(table, key)
    this.#pending[table].set(key, row)
  }

  insert<Name extends TableName>(table: Name, key: string, row: Rows[Name]): void {
    this.lock(table, key)
    if (this.read(table, key)) throw new SqlError('23505', `duplicate key in ${table}: ${key}`)
    this.#pending[table].set(key, row)
  }

  commit(): Change[] {
    const changes = (Object.keys(this.#pending) as TableName[]).flatMap((table) => this.#merge(table)) // its own keys
    this.rollBack()
    return changes
  }

  #merge<Name extends TableName>(table: Name): Change[] {
    return [...this.#pending[table]].map(([key, after]) => {
      const before = this.#tables[table].get(key)
      this.#tables[table].set(key, after)
      return { table, key, before, after } as Change // one table's rows throughout
    })
  }

  /** Lets go of everything; what was not merged is gone. */
  rollBack(): void {
    for (const name of this.#held) this.#locks.delete(name)
    this.#held.clear()
  }
}
