// The failures a script can ask for, under the names of the script language, and what they look like to the engine.
import type { ModelFailure } from '../../contract/model.ts'

const failures = {
  RateLimit: { kind: 'rate_limited', status: 429, message: 'Too many requests.' },
  Timeout: { kind: 'timeout', message: 'The provider did not answer in time.' },
  Transport: { kind: 'unavailable', message: 'The connection to the provider broke.' },
  Overloaded: { kind: 'unavailable', status: 529, message: 'The provider is overloaded.' },
  Authentication: { kind: 'authentication', status: 401, message: 'The API key is not valid.' },
  QuotaExhausted: { kind: 'quota_exhausted', status: 429, message: 'The quota is used up.' },
  UsageLimit: { kind: 'usage_limit', status: 429, message: 'The usage limit has been reached.' },
  UnsupportedModel: { kind: 'model_not_found', status: 404, message: 'There is no such model.' },
  RequestTooLarge: { kind: 'request_too_large', status: 400, message: "The request exceeds the model's context window." },
  InvalidRequest: { kind: 'invalid_request', status: 400, message: 'The request is not valid.' },
  InvalidToolSchema: { kind: 'invalid_tool_schema', status: 400, message: "A tool's schema is not valid." },
  InvalidResponse: { kind: 'invalid_response', message: 'The answer could not be read.' },
  Other: { kind: 'other', message: 'Something went wrong.' },
} satisfies Record<string, ModelFailure>

export type ErrorName = keyof typeof failures
// The keys of a const record are its literal names; Object.keys only says string.
export const errorNames = Object.keys(failures) as [ErrorName, ...ErrorName[]]

/** The failure of that name, with the script's own message and waiting time where it gives them. */
export const simulatedFailure = (name: ErrorName, message?: string, retryAfterMs?: number): ModelFailure => ({
  ...failures[name],
  ...(message === undefined ? {} : { message: message }),
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
})
