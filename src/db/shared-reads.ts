// Reads of many callers in few round trips: what is asked for while one is under way goes out together with the next. A round trip
// wakes a server process and costs both sides more than a look by primary key does, so readers that come at once should share it.
import type pg from 'pg'
import type { Statement } from './batch-query.ts'
import { isAway } from './outage.ts'
import { runBatch } from './round-trip.ts'

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

  /** Where one of several fails, each is asked alone: nobody hears of another's failure. */
  async #run(batch: Asked[]): Promise<void> {
    try {
      const answers = await this.#together(batch)
      batch.forEach(({ resolve }, n) => void resolve(answers[n]?.rows ?? []))
    } catch (error) {
      if (batch.length === 1 || isAway(error)) for (const { reject } of batch) reject(error)
      else for (const asked of batch) await this.#run([asked])
    }
  }

  async #together(batch: readonly Asked[]): ReturnType<typeof runBatch> {
    const client = await this.#pool.connect()
    let broken: Error | undefined
    try {
      return await runBatch(
        client,
        batch.map(({ statement }) => statement),
      )
    } catch (error) {
      if (isAway(error)) broken = error instanceof Error ? error : new Error(String(error))
      throw error
    } finally {
      client.release(broken)
    }
  }
}
