// One connection: statements go in and answers come out in order, each a little later; a transaction ends with its connection.
import type { Actor } from '../clock.ts'
import type { Database } from './database.ts'
import { parameter } from './parameters.ts'
import type { Row } from './statement.ts'
import { Blocked, SqlError, type Transaction } from './transaction.ts'

interface Request {
  name: string | undefined
  text: string
  values: readonly unknown[]
  arrivesAt: number
  /** What it was sent together with: once one of them has failed, the server passes over the rest. */
  batch: Batch | null
  resolve(result: Result): void
  reject(error: Error): void
}

interface Batch {
  failure: unknown
}

export interface Result {
  command: string
  rows: Row[]
  rowCount: number
}

export interface Query {
  name?: string
  text: string
  values?: readonly unknown[]
}

/** How often a statement looks whether the row it waits for is free; and after how long that counts as a deadlock. */
const lookAgainMs = 0.5
const deadlockMs = 1_000

const lostConnection = (): SqlError => new SqlError('ECONNRESET', 'Connection terminated unexpectedly')

export class Connection {
  readonly client: Actor
  readonly #database: Database
  #queue: Request[] = []
  #tx: Transaction | null = null
  #hasFailed = false
  #isBusy = false
  #isAbandoned = false
  #isOpen = true
  #sentUntil = 0
  #repliedUntil = 0
  #blockedSince: number | null = null

  constructor(database: Database, client: Actor) {
    this.#database = database
    this.client = client
  }

  query(query: Query): Promise<Result> {
    this.#sentUntil = Math.max(this.#sentUntil, this.#database.clock.now + this.#latency())
    return this.#send(query, null)
  }

  /** One message, one answer. Rejects with the first failure. */
  async queryAll(queries: readonly Query[]): Promise<Result[]> {
    this.#sentUntil = Math.max(this.#sentUntil, this.#database.clock.now + this.#latency())
    const batch: Batch = { failure: null }
    return Promise.all(queries.map((query) => this.#send(query, batch)))
  }

  #send({ name, text, values = [] }: Query, batch: Batch | null): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ name, text, values, arrivesAt: this.#sentUntil, batch, resolve, reject })
      if (!this.#isOpen) this.#refuseAll()
      else if (!this.#isBusy) this.#awaitNext()
    })
  }

  /** The client hung up in good order. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#tx?.rollBack()
    this.#tx = null
    this.#database.closed(this)
  }

  /** The client is gone. What is in the socket's buffer is still done, up to some statement. */
  abandon(): void {
    this.#isAbandoned = true
    this.#queue.length = this.#database.random.between(0, this.#queue.length)
    if (this.#queue.length === 0) this.close()
  }

  /** The server is gone, or the network between: the client hears of it, and not whether its commit was done. */
  break(): void {
    this.close()
    this.#refuseAll()
  }

  #latency(): number {
    const { random } = this.#database
    return random.next() < 0.02 ? random.next() * 40 : 0.2 + random.next()
  }

  #refuseAll(): void {
    for (const { reject } of this.#queue.splice(0)) this.#reply(() => reject(lostConnection()))
  }

  #awaitNext(): void {
    const [next] = this.#queue
    if (!next) return
    this.#isBusy = true
    const { clock, random } = this.#database
    // The server's own actor is nobody: it is never paused.
    clock.after(Math.max(next.arrivesAt - clock.now, random.next() * 0.2), server, () => this.#perform(next), true)
  }

  #perform(request: Request): void {
    if (!this.#isOpen) return
    const { clock } = this.#database
    try {
      if (request.batch?.failure) throw request.batch.failure
      const result = this.#execute(request)
      this.#blockedSince = null
      this.#reply(() => request.resolve(result))
    } catch (error) {
      this.#blockedSince ??= clock.now
      if (error instanceof Blocked && clock.now - this.#blockedSince < deadlockMs) {
        clock.after(lookAgainMs, server, () => this.#perform(request), true)
        return
      }
      this.#fail(request, error instanceof Blocked ? new SqlError('40P01', 'deadlock detected') : error)
    }
    this.#queue.shift()
    this.#isBusy = false
    if (this.#queue.length > 0) this.#awaitNext()
    else if (this.#isAbandoned) this.close()
  }

  #fail(request: Request, error: unknown): void {
    this.#blockedSince = null
    if (request.batch) request.batch.failure = error
    this.#hasFailed = this.#tx !== null
    if (!(error instanceof SqlError)) throw error
    if (error.code === 'ECONNRESET') this.break()
    else this.#reply(() => request.reject(error))
  }

  #execute({ name, text, values }: Request): Result {
    const { database: db, tx } = { database: this.#database, tx: this.#tx }
    if (text === 'begin') this.#tx = db.begin()
    if (text === 'commit') return this.#end(true)
    if (text === 'rollback') return this.#end(false)
    if (this.#hasFailed) throw new SqlError('25P02', 'current transaction is aborted')
    if (text === 'begin') return { command: 'BEGIN', rows: [], rowCount: 0 }
    const rows = tx ? this.#run(tx, name, text, values) : this.#alone(name, text, values)
    return { command: 'OK', rows, rowCount: rows.length }
  }

  /** A statement outside a transaction is one of its own. */
  #alone(name: string | undefined, text: string, values: readonly unknown[]): Row[] {
    const own = this.#database.begin()
    try {
      const rows = this.#run(own, name, text, values)
      this.#database.commit(own)
      return rows
    } finally {
      own.rollBack()
    }
  }

  #run(tx: Transaction, name: string | undefined, text: string, values: readonly unknown[]): Row[] {
    const { clock, random, troubleShare } = this.#database
    if (random.next() < troubleShare) throw random.next() < 0.5 ? lostConnection() : new SqlError('40P01', 'deadlock detected')
    return this.#database.answerTo(name, text)(tx, values.map(parameter), clock.now) ?? []
  }

  #end(isWanted: boolean): Result {
    const tx = this.#tx
    const { random, troubleShare } = this.#database
    const isDone = isWanted && !this.#hasFailed
    if (isDone && random.next() < troubleShare) throw new SqlError('40001', 'could not serialize access')
    this.#tx = null
    this.#hasFailed = false
    if (tx && isDone) this.#database.commit(tx)
    else tx?.rollBack()
    // Committed, and the client never hears it.
    if (isDone && random.next() < troubleShare) throw lostConnection()
    return { command: isDone ? 'COMMIT' : 'ROLLBACK', rows: [], rowCount: 0 }
  }

  #reply(answer: () => void): void {
    if (this.#isAbandoned) return
    const { clock } = this.#database
    this.#repliedUntil = Math.max(this.#repliedUntil, clock.now + this.#latency())
    clock.after(this.#repliedUntil - clock.now, this.client, answer)
  }
}

const server: Actor = { name: 'database', alive: true, pausedUntil: 0 }
