// Errors that are answers: a kind from this table, a sentence for a person, the cause attached (RFC 9457 on the wire).

/** One entry per kind: HTTP status, gRPC status, and the default title. */
export const problemKinds = {
  bad_request: { status: 400, grpc: 3, title: 'Bad Request' },
  unauthorized: { status: 401, grpc: 16, title: 'Unauthorized' },
  forbidden: { status: 403, grpc: 7, title: 'Forbidden' },
  not_found: { status: 404, grpc: 5, title: 'Not Found' },
  method_not_allowed: { status: 405, grpc: 12, title: 'Method Not Allowed' },
  conflict: { status: 409, grpc: 6, title: 'Conflict' },
  payload_too_large: { status: 413, grpc: 8, title: 'Payload Too Large' },
  unsupported_media_type: { status: 415, grpc: 3, title: 'Unsupported Media Type' },
  rate_limited: { status: 429, grpc: 8, title: 'Too Many Requests' },
  internal_error: { status: 500, grpc: 13, title: 'Internal Server Error' },
  bad_gateway: { status: 502, grpc: 14, title: 'Bad Gateway' },
  unavailable: { status: 503, grpc: 14, title: 'Service Unavailable' },
} as const
export type ProblemKind = keyof typeof problemKinds

export interface ProblemOptions {
  /** A more exact snake_case code than the kind, e.g. `agent_name_taken`. */
  code?: string
  cause?: unknown
  retryAfterSeconds?: number
}

/** Thrown by operations; the transports turn it into their own error form. */
export class Problem extends Error {
  readonly kind: ProblemKind
  readonly code: string
  readonly retryAfterSeconds: number | undefined

  constructor(kind: ProblemKind, message: string, options: ProblemOptions = {}) {
    super(message, { cause: options.cause })
    this.name = 'Problem'
    this.kind = kind
    this.code = options.code ?? kind
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** The fixed answer to anything over a size limit: it never names the field. */
export const overLimit = (): Problem => new Problem('bad_request', 'Input exceeds allowed limits', { code: 'validation_failed' })
