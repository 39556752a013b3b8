// One round trip to the database: statements are gathered, sent together, and each asker takes its own rows.
import type pg from 'pg'
import { type Answered, BatchQuery, type Statement } from './batch-query.ts'
import { types } from './types.ts'

/** Runs the statements in order. Rejects with the first one's failure; those after it were not run. */
export const runBatch = (client: pg.ClientBase, statements: readonly Statement[]): Promise<Answered[]> =>
  new Promise((resolve, reject) => {
    const batch = new BatchQuery(statements, types, (error, answers) => (error ? reject(error) : resolve(answers ?? [])))
    client.query(batch)
  })

/** How far statements came: what those before the first failure answered, and that failure. */
export interface Reached {
  answers: Answered[]
  /** Null when none failed. */
  error: unknown
}

/** Runs the statements in order, as far as they go. */
export const runAsFar = (client: pg.ClientBase, statements: readonly Statement[]): Promise<Reached> =>
  new Promise<Reached>((resolve) => {
    client.query(new BatchQuery(statements, types, (error, answers) => resolve({ answers: answers ?? [], error })))
  }).catch((error: unknown) => ({ answers: [], error }))

export class RoundTrip {
  readonly #statements: Statement[] = []
  #answers: Answered[] = []

  /** Adds a statement; what comes back gives its rows once the trip was made. Its author knows its columns. */
  ask<Row>(statement: Statement): () => Row[] {
    const place = this.#statements.push(statement) - 1
    // The statement's text names its columns; nobody but its author can say what they are.
    return () => (this.#answers[place]?.rows ?? []) as Row[]
  }

  /** Answers what each statement answered, in order. */
  async make(client: pg.ClientBase): Promise<Answered[]> {
    this.#answers = await runBatch(client, this.#statements)
    return this.#answers
  }
}
