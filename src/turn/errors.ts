// Failures as a user meets them: a stable code, a sentence, and as much detail as the disclosure level allows.
import type { ModelErrorKind, ModelFailure } from '../contract/model.ts'
import type { TurnError } from './state.ts'

export type Disclosure = TurnError['disclosure']
type Fields = Record<string, unknown>

const levels: Disclosure[] = ['generic', 'standard', 'detailed']
const apology = 'Sorry, something went wrong while working on this. Please try again.'
const longestDetail = 1000

const wait = (fields: Fields): string =>
  typeof fields.retry_after === 'number' ? `Please try again in ${fields.retry_after} s.` : 'Please try again in a moment.'
const named = (fields: Fields): string => (typeof fields.model_id === 'string' ? `The model ${fields.model_id}` : 'The model')
const provider = (fields: Fields): string =>
  typeof fields.provider === 'string' ? `The provider ${fields.provider}` : 'The model provider'

/** One entry per code that a client may see in `error_code`. */
const sentences = {
  processing_error: () => 'Something went wrong while working on this. Please try again.',
  budget_exhausted: () => 'The budget for this work is used up.',
  budget_paused: () => 'The work is paused because a budget limit was reached. It can be resumed.',
  soft_limit_reached: () => 'A budget limit was reached.',
  model_not_configured: () => 'No model is configured. Choose a model for the session, its agent or the organization.',
  model_unavailable: (fields) => `${named(fields)} is not available. Choose another model.`,
  request_too_large: (fields) => `The conversation is too long for ${named(fields).replace('The', 'the')}.`,
  invalid_tool_schema: () => 'The model provider refused the description of a tool.',
  provider_rate_limited: (fields) => `${provider(fields)} is receiving too many requests. ${wait(fields)}`,
  provider_usage_limit_reached: (fields) => `${provider(fields)} reports that its usage limit is reached.`,
  provider_quota_exhausted: (fields) => `${provider(fields)} reports that the account has no quota left.`,
  provider_misconfigured: (fields) => `${provider(fields)} refused the credentials. An administrator must check them.`,
  provider_unavailable: (fields) => `${provider(fields)} cannot be reached right now. ${wait(fields)}`,
  provider_attestation_required: (fields) => `${provider(fields)} requires the organization to be verified for this model.`,
  dependency_unavailable: () => 'Something this session depends on was archived or deleted.',
  max_iterations: (fields) =>
    `The turn was stopped because it reached its limit${typeof fields.limit === 'number' ? ` of ${fields.limit} model calls` : ''}.`,
  blocked_by_hook: () => 'The request was stopped by a rule of this agent.',
} satisfies Record<string, (fields: Fields) => string>
type TurnErrorCode = keyof typeof sentences

const isCode = (text: string): text is TurnErrorCode => Object.hasOwn(sentences, text)

/** The level in force: what the request asks for can only lower what is allowed. */
export const disclosureOf = (requested: Disclosure | null | undefined, allowed: Disclosure = 'standard'): Disclosure =>
  requested && levels.indexOf(requested) < levels.indexOf(allowed) ? requested : allowed

/**
 * A code as an error for people. Unknown codes read as `processing_error`, and so does every code where disclosure is
 * `generic`. `fields` must be safe to show; `detail` (a provider's own words, cut to 1,000 characters) appears only
 * where disclosure is `detailed`.
 */
export function turnError(code: string, options: { disclosure: Disclosure; fields?: Fields; detail?: string }): TurnError {
  const { disclosure, fields = {}, detail } = options
  if (disclosure === 'generic') return { code: 'processing_error', message: apology, disclosure }
  const known = isCode(code) ? code : 'processing_error'
  const message = sentences[known](fields)
  if (disclosure === 'standard' || !detail) return shown(known, message, fields, disclosure)
  const cut = detail.slice(0, longestDetail).toWellFormed()
  return shown(known, `${message} (${cut})`, { ...fields, detail: cut }, disclosure)
}

const shown = (code: string, message: string, fields: Fields, disclosure: Disclosure): TurnError =>
  Object.keys(fields).length > 0 ? { code, message, fields, disclosure } : { code, message, disclosure }

const codeOfKind: Record<Exclude<ModelErrorKind, 'other'>, TurnErrorCode> = {
  model_not_found: 'model_unavailable',
  request_too_large: 'request_too_large',
  invalid_tool_schema: 'invalid_tool_schema',
  quota_exhausted: 'provider_quota_exhausted',
  usage_limit: 'provider_usage_limit_reached',
  rate_limited: 'provider_rate_limited',
  authentication: 'provider_misconfigured',
  unavailable: 'provider_unavailable',
  timeout: 'provider_unavailable',
  invalid_request: 'processing_error',
  invalid_response: 'processing_error',
}

/** What a driver could not name is read off the HTTP status. */
function codeOfStatus(status: number | undefined): TurnErrorCode {
  if (status === 413) return 'request_too_large'
  if (status === 402) return 'provider_quota_exhausted'
  if (status === 429) return 'provider_rate_limited'
  if (status === 401 || status === 403) return 'provider_misconfigured'
  return status !== undefined && [500, 502, 503, 504, 529].includes(status) ? 'provider_unavailable' : 'processing_error'
}

/** A model call's failure as an error for people. `retry_after` is in whole seconds. */
export function modelError(
  failure: ModelFailure,
  facts: { provider?: string; model_id?: string },
  disclosure: Disclosure,
): TurnError {
  const code = failure.kind === 'other' ? codeOfStatus(failure.status) : codeOfKind[failure.kind]
  const retry = failure.retryAfterMs === undefined ? {} : { retry_after: Math.ceil(failure.retryAfterMs / 1000) }
  return turnError(code, { disclosure, fields: { ...facts, ...retry }, detail: failure.message })
}
