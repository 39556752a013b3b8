// The one chokepoint of every transport: permission, input, transaction, run, accidents. No transport knowledge inside.
import type { Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { Uuid } from '../contract/ids.ts'
import { Answer, type AnyOperation } from '../contract/operation.ts'
import { overLimit, Problem } from '../contract/problem.ts'
import { asAnswer } from '../db/outage.ts'
import type { Database } from '../db/schema.ts'
import type { Caller, Ctx, TaskLease } from '../resources/context.ts'
import { clean } from './clean.ts'
import { inputProblem } from './input-problem.ts'

/** The part of a context that is the same for every request of the process. Made in `start/`. */
export type CtxParts = Omit<Ctx, 'caller' | 'orgId' | 'tx' | 'requestId' | 'idempotencyKey' | 'lease' | 'signal'>

/** One call of one operation, whatever carried it. */
export interface Call {
  caller: Caller
  orgId: Uuid
  requestId: string
  idempotencyKey?: string
  lease?: TaskLease
  signal: AbortSignal
  /** Flat input as the caller gave it. */
  input: Record<string, unknown>
}

/** `checkOutput`: hold every answer against the operation's schema (tests and development). */
export interface RunOptions {
  checkOutput: boolean
  /** Told of every operation that was run; `outcome` is `ok` or the kind of the Problem. */
  ran?(seen: { operation: string; outcome: string; seconds: number }): void
}

/**
 * Runs an operation for a caller. Answers with what it gave, always as an Answer. Throws only Problems: the operation's own,
 * `forbidden`, `bad_request` for input that does not fit, and `internal_error` for accidents (logged once, here).
 */
export async function run(
  parts: CtxParts,
  operation: AnyOperation<Ctx>,
  call: Call,
  options: RunOptions,
): Promise<Answer<unknown>> {
  const startedAt = performance.now()
  const ran = (outcome: string) =>
    options.ran?.({ operation: operation.name, outcome, seconds: (performance.now() - startedAt) / 1_000 })
  try {
    if (operation.needs !== 'public' && !call.caller.may(operation.needs)) {
      throw new Problem('forbidden', `This needs the permission ${operation.needs}`)
    }
    const input = parse(operation, call.input)
    const given: unknown = await inTransaction(parts, operation, call, (ctx) => operation.run(ctx, input))
    const answered = given instanceof Answer ? given : new Answer(given, {})
    if (options.checkOutput) checkAnswer(operation, answered)
    ran('ok')
    return answered
  } catch (error) {
    const problem = asProblem(error, parts.log, whereOf(operation, call))
    ran(problem.kind)
    throw problem
  }
}

/** Ids that tell where an accident happened, and nothing that anybody said. */
function whereOf(operation: AnyOperation<Ctx>, { requestId, input, lease }: Call): Record<string, unknown> {
  const { session_id } = input
  return {
    operation: operation.name,
    request_id: requestId,
    ...(lease ? { session_id: lease.sessionId, turn_id: lease.workflowId, task_id: lease.taskId } : {}),
    ...(typeof session_id === 'string' && session_id.length <= idMax ? { session_id } : {}),
  }
}

/** `session_` and 32 digits. */
const idMax = 40

function parse(operation: AnyOperation<Ctx>, raw: Record<string, unknown>): unknown {
  const parsed = operation.input.safeParse(clean(raw))
  if (parsed.success) return parsed.data
  if (parsed.error.issues.some(isOverLimit)) throw overLimit()
  throw inputProblem(parsed.error)
}

/** Sizes have one fixed answer; a number out of range is named. */
const isOverLimit = (issue: { code?: string; origin?: unknown }): boolean =>
  issue.code === 'too_big' && (issue.origin === 'string' || issue.origin === 'array' || issue.origin === 'file')

function inTransaction(
  parts: CtxParts,
  operation: AnyOperation<Ctx>,
  call: Call,
  work: (ctx: Ctx) => Promise<unknown>,
): Promise<unknown> {
  const { input: _, ...rest } = call
  const contextWith = (tx: Transaction<Database>): Ctx => ({ tx, ...rest, ...parts })
  if (operation.ownTransactions) {
    // The operation said that it must not be given a transaction; a getter that refuses keeps that promise visible.
    return work(Object.defineProperty(contextWith(noTransaction), 'tx', { get: refuseTransaction, enumerable: false }))
  }
  return parts.db.asOrg(call.orgId, operation.class, (tx) => work(contextWith(tx)))
}

// Never reached: the property is replaced by the refusing getter before anybody sees it.
const noTransaction = undefined as unknown as Transaction<Database>
const refuseTransaction = (): never => {
  throw new Error('This operation joins the engine’s own transactions and has none of its own')
}

function checkAnswer(operation: AnyOperation<Ctx>, given: Answer<unknown>): void {
  if (operation.status === 204 || given.options.status === 204 || given.options.type) return
  const checked = operation.output.safeParse(given.value)
  if (!checked.success) throw new Error(`${operation.name} answered out of contract: ${checked.error.message}`)
}

/** An accident becomes the generic answer; its cause is logged here and nowhere else. A database that is away is none. */
export function asProblem(error: unknown, log: Logger, where: Record<string, unknown>): Problem {
  const answer = asAnswer(error)
  if (answer instanceof Problem) return answer
  log.error({ err: error, ...where }, 'accident')
  return new Problem('internal_error', 'Something went wrong on our side', { cause: error })
}
