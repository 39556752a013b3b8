// How long a provider asks us to wait, read from its response headers.

/** Headers by lower-case name. */
export type HeaderMap = Readonly<Record<string, string>>

/** Milliseconds from `retry-after-ms`, `retry-after` (seconds or an HTTP date) or a used-up `x-ratelimit-*`; undefined where none says. */
export function retryAfterMs(headers: HeaderMap, now: number): number | undefined {
  return milliseconds(headers['retry-after-ms']) ?? secondsOrDate(headers['retry-after'], now) ?? usedUpLimit(headers)
}

function milliseconds(value: string | undefined): number | undefined {
  const ms = Number.parseFloat(value ?? '')
  return ms >= 0 ? Math.ceil(ms) : undefined
}

function secondsOrDate(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  const seconds = milliseconds(value)
  if (seconds !== undefined && /^[\d.]+$/.test(value.trim())) return Math.ceil(Number.parseFloat(value) * 1_000)
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** OpenAI's rate headers: the reset of whichever of the two limits has nothing left. */
function usedUpLimit(headers: HeaderMap): number | undefined {
  const waits = ['requests', 'tokens'].flatMap((unit) => {
    if (headers[`x-ratelimit-remaining-${unit}`] !== '0') return []
    return duration(headers[`x-ratelimit-reset-${unit}`]) ?? []
  })
  return waits.length > 0 ? Math.max(...waits) : undefined
}

const unitMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** `6m0s`, `1.5s`, `20ms` → milliseconds. */
function duration(text: string | undefined): number | undefined {
  const parts = [...(text ?? '').matchAll(/([\d.]+)(ms|s|m|h)/g)]
  if (parts.length === 0) return undefined
  return Math.ceil(parts.reduce((total, [, amount, unit]) => total + Number(amount) * (unitMs[unit ?? ''] ?? 0), 0))
}
