// Tells a database that is away or too busy (come back later) from a statement that is wrong (our mistake).
import { Problem } from '../contract/problem.ts'

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

// Errors that pg makes itself carry no code, only these sentences.
const driverSentences = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Client has encountered a connection error',
  'Client was closed',
  'Query read timeout',
  'Cannot use a pool after calling end on the pool',
]

// SQLSTATE 08 connection, 53 out of resources, 57P0x shutting down or starting, 25P03 left idle, 40001/40P01 lost to
// another transaction, 55P03 a lock that did not come, 57014 took too long.
const passingStates = /^(08...|53...|57P0[1-5]|25P0[34]|40001|40P01|55P03|57014)$/

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Whether the same work may succeed a moment later: the connection broke, the server is away or full, or a lock was lost. */
export function isOutage(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isOutage)
  if (!(error instanceof Error)) return false
  const code = codeOf(error)
  return (
    networkCodes.has(code) || passingStates.test(code) || driverSentences.some((sentence) => error.message.startsWith(sentence))
  )
}

// Deadlocks, serialization, a unique key that somebody else took meanwhile, lock time-outs.
const retriedStates = new Set(['40P01', '40001', '23505', '55P03', '57014'])

/** Whether the transaction was lost to another one or took too long: the next look decides anew. */
export const mayPass = (error: unknown): boolean => retriedStates.has(codeOf(error))

/** Whether a row lock did not come within its time-out. */
export const isLockWait = (error: unknown): boolean => codeOf(error) === '55P03'

/** Whether the database is away. What was said last may have been done. */
export const isAway = (error: unknown): boolean => isOutage(error) && !mayPass(error)

/** Whether the connection still waits for an answer that did not come: nothing more can be said on it. */
export const isStuck = (error: unknown): boolean => error instanceof Error && error.message === 'Query read timeout'

/** The error as a caller may see it: an outage becomes a Problem (503, retry after a second), anything else stays what it is. */
export const asAnswer = (error: unknown): unknown =>
  isOutage(error)
    ? new Problem('unavailable', 'The database cannot be reached at the moment. Try again shortly.', {
        cause: error,
        retryAfterSeconds: 1,
      })
    : error
