// What went wrong at a provider, in our words. One table of rules reads every vendor's error, whether it came as a status or in a stream.
import type { ModelErrorKind, ModelFailure } from '../contract/model.ts'

/** Thrown inside a driver and turned into the stream's `error` event at its door. */
export class ModelCallFailure extends Error {
  readonly failure: ModelFailure
  /** Whether the same request may be sent again, as long as no byte of an answer has come. */
  readonly retryable: boolean

  constructor(failure: ModelFailure, retryable: boolean, cause?: unknown) {
    super(failure.message, { cause })
    this.name = 'ModelCallFailure'
    this.failure = failure
    this.retryable = retryable
  }
}

/** An error as vendors word it. `type` and `code` are their machine-readable names, `status` that of HTTP where there is one. */
export interface VendorError {
  message: string
  status?: number
  code?: string
  type?: string
  retryAfterMs?: number
}

interface Rule {
  kind: ModelErrorKind
  status?: readonly number[]
  /** Against code and type. */
  name?: RegExp
  message?: RegExp
}

/** The first rule that fits decides; within a rule any of its signs is enough. */
const rules: readonly Rule[] = [
  {
    kind: 'request_too_large',
    status: [413],
    name: /context_length|request_too_large|string_above_max_length/,
    message: /context (length|window)|maximum context|too many (input )?tokens|(prompt|input|request) (is )?too (long|large)/i,
  },
  { kind: 'invalid_tool_schema', name: /invalid_function_parameters/, message: /invalid schema for (function|tool)/i },
  { kind: 'model_not_found', name: /model_not_found/, message: /model\b.{0,80}(does not exist|not found|is not available)/i },
  {
    kind: 'quota_exhausted',
    status: [402],
    name: /insufficient_quota|billing|credit/,
    message: /exceeded your current quota|insufficient (quota|credit|balance)/i,
  },
  { kind: 'usage_limit', name: /usage_limit/, message: /usage limit/i },
  { kind: 'rate_limited', status: [429], name: /rate_limit|too_many_requests/ },
  {
    kind: 'authentication',
    status: [401, 403],
    name: /authentication|invalid_api_key|permission/,
    message: /(invalid|incorrect|missing) api key/i,
  },
  { kind: 'timeout', status: [408], name: /timeout/ },
  {
    kind: 'unavailable',
    status: [409, 500, 502, 503, 504, 529],
    name: /overloaded|server_error|internal_error|unavailable/,
    message: /overloaded/i,
  },
  { kind: 'invalid_request', status: [400, 404, 405, 415, 422], name: /invalid_request|bad_request|not_found/ },
]

const fits = (rule: Rule, error: VendorError, name: string): boolean =>
  (error.status !== undefined && rule.status?.includes(error.status)) ||
  rule.name?.test(name) === true ||
  rule.message?.test(error.message) === true

/** The kind of failure behind a vendor's error; `other` where no rule fits. Messages are cut at 1,000 characters. */
export function failureOf(error: VendorError): ModelFailure {
  const name = `${error.code ?? ''} ${error.type ?? ''}`.toLowerCase()
  const kind = rules.find((rule) => fits(rule, error, name))?.kind ?? 'other'
  return {
    kind,
    message: error.message.slice(0, 1_000),
    ...(error.status === undefined ? {} : { status: error.status }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  }
}

const asText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Where vendors put the error inside a body or a frame: at the top, under `error`, or under `response.error`. */
function errorRecord(value: unknown): Record<string, unknown> | null {
  if (!isRecord(value)) return null
  for (const inner of [value.error, isRecord(value.response) ? value.response.error : undefined]) {
    if (isRecord(inner)) return inner
  }
  return value
}

/** Reads `{message, type, code, param}` out of an error body or stream frame; a numeric code is a status (OpenRouter). */
export function vendorErrorOf(value: unknown, status?: number): VendorError | null {
  const error = errorRecord(value)
  const message = error && (asText(error.message) ?? asText(error.error) ?? asText(error.detail))
  if (!error || message === undefined || message === null) return null
  const found = status ?? statusIn(error.statusCode) ?? statusIn(error.code)
  const code = asText(error.code)
  const type = asText(error.type)
  return { message, ...(found ? { status: found } : {}), ...(code ? { code } : {}), ...(type ? { type } : {}) }
}

function statusIn(value: unknown): number | undefined {
  const status = Number(value)
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined
}
