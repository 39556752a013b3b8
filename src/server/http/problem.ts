// Problems as HTTP sees them: RFC 9457, plus the `error` object that two of the SDKs read.
import { Problem, problemKinds } from '../../contract/problem.ts'

export const problemType = 'application/problem+json'

/** The body of a refusal. `instance` is the path that was asked for. */
export function problemBody(problem: Problem, instance: string, requestId: string): string {
  const { status, title } = problemKinds[problem.kind]
  const { retryAfterSeconds } = problem
  return JSON.stringify({
    title,
    status,
    detail: problem.message,
    code: problem.code,
    instance,
    request_id: requestId,
    ...(retryAfterSeconds === undefined ? {} : { retry_after_seconds: Math.ceil(retryAfterSeconds) }),
    error: { code: problem.code, message: problem.message },
  })
}

/** Headers of a refusal besides its content type. */
export const problemHeaders = (problem: Problem): Record<string, string> =>
  problem.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(Math.ceil(problem.retryAfterSeconds)) }

/** What Fastify itself refuses, in our words; null for anything that is not a refusal. */
export function refusalOf(error: { code?: string; statusCode?: number }): Problem | null {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('payload_too_large', 'The body is larger than 10 MB')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem('bad_request', 'The body is not as long as Content-Length says')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('unsupported_media_type', 'Content-Type is not a media type')
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Problem('bad_request', 'The address is not a valid one')
    default:
      return (error.statusCode ?? 500) < 500 ? new Problem('bad_request', 'The request could not be read') : null
  }
}
