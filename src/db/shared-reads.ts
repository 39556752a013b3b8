// Reads of many callers in few round trips: what is asked for while one is under way goes out together with the next. A round trip
// wakes a server process and costs both sides more than a look by primary key does, so readers that come at once should share it.
import pg from 'pg'
import type { Statement } from './batch-query.ts'
import { isAway, mayPass } from './outage.ts'
import { type Reached, runAsFar } from './round-trip.ts'

interface Asked {
  statement: Statement
  resolve(rows: Record<string, unknown>[]): void
  reject(error: unknown): void
}

/** Round trips under way at once: a long answer must not hold up the others. */
const lanes = 2
/** Statements of one round trip at most. */
const most = 64

/** Only for statements that write nothing and are quick: they share a transaction, and wait for each other. */
export class SharedReads {
  readonly #pool: pg.Pool
  #queue: Asked[] = []
  #running = 0
  #scheduled = false

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  /** The statement's rows; whoever wrote it knows its columns. Rejects with its own failure only. */
  ask<Row>(statement: Statement): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ statement, resolve: (rows) => resolve(rows as Row[]), reject })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#scheduled || this.#running >= lanes || this.#queue.length === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      void this.#runNext()
    })
  }

  async #runNext(): Promise<void> {
    const batch = this.#queue.splice(0, most)
    if (batch.length === 0) return
    this.#running += 1
    this.#schedule()
    await this.#run(batch)
    this.#running -= 1
    this.#schedule()
  }

  /** Without a connection all hear of it; whoever has an answer by then keeps it. `isSlow`: one of their company took too long. */
  async #run(batch: readonly Asked[], isSlow = false): Promise<void> {
    try {
      const { answers, error } = await this.#together(batch)
      answers.forEach(({ rows }, n) => void batch[n]?.resolve(rows))
      if (error !== null) await this.#goOn(batch.slice(answers.length), error, isSlow)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  /**
   * After a failure: nobody hears of another's, except that the database is away. When a second one takes too long it is not the
   * statement any more: all are told, rather than each waiting for all before it.
   */
  async #goOn(left: readonly Asked[], error: unknown, isSlow: boolean): Promise<void> {
    const [failed, ...behind] = left
    if (isAway(error) || (isSlow && mayPass(error))) for (const { reject } of left) reject(error)
    else if (error instanceof pg.DatabaseError || behind.length === 0) {
      // The server answers in order: it speaks of the first that has no answer.
      failed?.reject(error)
      if (behind.length > 0) await this.#run(behind, isSlow || mayPass(error))
    } else for (const asked of left) await this.#run([asked])
  }

  async #together(batch: readonly Asked[]): Promise<Reached> {
    const client = await this.#pool.connect()
    const reached = await runAsFar(
      client,
      batch.map(({ statement }) => statement),
    )
    client.release(isAway(reached.error))
    return reached
  }
}
