// PostgreSQL in memory: it knows the product's statements by their names (not their text: that the SQL says what these functions do is
// the engine's own tests' to show), keeps rows, locks and transactions, and can go away.
import type { Random } from '../../harness/random.ts'
import type { Actor, Clock } from '../clock.ts'
import { batchStatements } from './batch-statements.ts'
import { Connection } from './connection.ts'
import { leaseStatements } from './lease-statements.ts'
import type { Answer, Statements } from './statement.ts'
import { type Change, emptyTables, type StoredValue } from './tables.ts'
import { Transaction } from './transaction.ts'
import { unnamed, valueStatements } from './value-statements.ts'

const statements: Statements = { ...batchStatements, ...leaseStatements, ...valueStatements }

export interface DatabaseOptions {
  clock: Clock
  random: Random
  /** After every commit, in the order of commits. */
  committed(changes: readonly Change[], tx: Transaction): void
}

export class Database {
  readonly tables = emptyTables()
  /** Every write of a value, in the order of commits. */
  readonly writes: StoredValue[] = []
  readonly clock: Clock
  readonly random: Random
  /** Share of statements that end with a deadlock, a serialization failure or a broken connection. */
  troubleShare = 0
  readonly #committed: DatabaseOptions['committed']
  readonly #locks = new Map<string, Transaction>()
  readonly #connections = new Set<Connection>()
  #isUp = true

  constructor({ clock, random, committed }: DatabaseOptions) {
    this.clock = clock
    this.random = random
    this.#committed = committed
    this.tables.stamps.set('sweep_leases', { at: clock.now })
  }

  get isUp(): boolean {
    return this.#isUp
  }

  begin(): Transaction {
    return new Transaction(this.tables, this.#locks, this.clock.now)
  }

  commit(tx: Transaction): void {
    const changes = tx.commit()
    for (const change of changes) if (change.table === 'values') this.writes.push(change.after)
    if (changes.length > 0) this.#committed(changes, tx)
  }

  open(client: Actor): Connection {
    const connection = new Connection(this, client)
    this.#connections.add(connection)
    return connection
  }

  closed(connection: Connection): void {
    this.#connections.delete(connection)
  }

  /** The client's process is gone: what it had sent may still be done. */
  clientDied(client: Actor): void {
    for (const connection of [...this.#connections]) if (connection.client === client) connection.abandon()
  }

  /** Every connection breaks; whatever was not committed is gone. */
  stop(): void {
    this.#isUp = false
    for (const connection of [...this.#connections]) connection.break()
  }

  start(): void {
    this.#isUp = true
  }

  answerTo(name: string | undefined, text: string): Answer {
    const known = name ?? unnamed.find(([beginning]) => text.startsWith(beginning))?.[1]
    const answer = known === undefined ? undefined : statements[known]
    if (!answer) throw new Error(`the database of the simulator does not know this statement: ${name ?? text}`)
    return answer
  }
}
