// What a statement is to the database in memory: a function of the transaction, its parameters and the time.
import type { Transaction } from './transaction.ts'

/** Answers its rows; a statement that answers none counts as having touched none. Throws SqlError, or Blocked to be tried again. */
export type Answer = (tx: Transaction, values: readonly unknown[], now: number) => Row[] | undefined
export type Row = Record<string, unknown>
export type Statements = Record<string, Answer>
