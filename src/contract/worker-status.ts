// A Problem ⇄ a gRPC status: the code from the problem table, everything else as one binary trailer.
import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js'
import { Problem, type ProblemKind, problemKinds } from './problem.ts'

const trailer = 'everruns-problem-bin'

/** Any throw as a status. What is not a Problem shows nothing of itself. */
export function statusOf(error: unknown): Pick<StatusObject, 'code' | 'details' | 'metadata'> {
  const problem = error instanceof Problem ? error : new Problem('internal_error', 'Internal error')
  const metadata = new Metadata()
  const { kind, code, message, retryAfterSeconds } = problem
  metadata.set(trailer, Buffer.from(JSON.stringify({ kind, code, message, retryAfterSeconds })))
  return { code: problemKinds[kind].grpc, details: message, metadata }
}

/** Statuses that gRPC itself makes; everything else that carries no Problem is internal. */
const kindOfStatus: Partial<Record<status, ProblemKind>> = {
  [status.UNAVAILABLE]: 'unavailable',
  [status.CANCELLED]: 'unavailable',
  [status.DEADLINE_EXCEEDED]: 'unavailable',
  [status.UNAUTHENTICATED]: 'unauthorized',
  [status.PERMISSION_DENIED]: 'forbidden',
  [status.RESOURCE_EXHAUSTED]: 'payload_too_large',
}

/** The Problem that `statusOf` wrote, or the nearest kind where the other side never answered. */
export function problemOf(error: ServiceError): Problem {
  const [carried] = error.metadata?.get(trailer) ?? []
  if (Buffer.isBuffer(carried)) {
    const { kind, code, message, retryAfterSeconds } = JSON.parse(carried.toString('utf8'))
    if (Object.hasOwn(problemKinds, kind)) return new Problem(kind, message, { code, cause: error, retryAfterSeconds })
  }
  return new Problem(kindOfStatus[error.code] ?? 'internal_error', error.details || error.message, { cause: error })
}
