// When a model call that has not begun to answer is sent again, and how long to wait before that.
import type { ModelErrorKind } from '../../contract/model.ts'

/** Two more attempts after the first. */
export const maxRetries = 2
const initialMs = 1_000
const capMs = 60_000
const jitter = 0.25

/** These do not get better by waiting a minute, whatever status they came with. */
const hopeless: readonly ModelErrorKind[] = [
  'quota_exhausted',
  'usage_limit',
  'authentication',
  'request_too_large',
  'invalid_tool_schema',
  'model_not_found',
]

/** Whether an error status may be tried again: 408, 409, 429 and 5xx except 501, unless the body says that it is hopeless. */
export const retryableStatus = (status: number, kind: ModelErrorKind): boolean =>
  !hopeless.includes(kind) && (status === 408 || status === 409 || status === 429 || (status >= 500 && status !== 501))

/**
 * Milliseconds before retry number `retry` (from 1): what the provider asked for, else 1 s doubling with ±25 % jitter; at
 * most 60 s. `random` gives numbers in [0, 1).
 */
export function retryDelayMs(retry: number, retryAfterMs: number | undefined, random: () => number): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, capMs)
  const base = Math.min(initialMs * 2 ** (retry - 1), capMs)
  return Math.round(base * (1 - jitter + 2 * jitter * random()))
}

/** Resolves after `ms`, or rejects with the signal's reason. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}
