// How long a driver waits, and that an abort does not.
import { expect, test } from 'vitest'
import { retryableStatus, retryDelayMs, wait } from './retry.ts'
import { retryAfterMs } from './retry-after.ts'

test('the wait doubles from one second, within a quarter either way, up to a minute', () => {
  expect([1, 2, 3].map((retry) => retryDelayMs(retry, undefined, () => 0.5))).toEqual([1_000, 2_000, 4_000])
  expect([retryDelayMs(1, undefined, () => 0), retryDelayMs(1, undefined, () => 1)]).toEqual([750, 1_250])
  expect(retryDelayMs(20, undefined, () => 0.5)).toBe(60_000)
})

test('what the provider asks for is honoured, up to a minute', () => {
  expect([retryDelayMs(1, 7, () => 0), retryDelayMs(1, 3_600_000, () => 0)]).toEqual([7, 60_000])
})

test('a status is not worth another try when its body says that waiting will not help', () => {
  expect([429, 500, 408, 409, 529].every((status) => retryableStatus(status, 'other'))).toBe(true)
  expect([400, 401, 404, 501].some((status) => retryableStatus(status, 'other'))).toBe(false)
  expect(retryableStatus(429, 'quota_exhausted')).toBe(false)
})

test('waiting times are read from every header that vendors use', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  expect(retryAfterMs({ 'retry-after-ms': '12.5', 'retry-after': '9' }, now)).toBe(13)
  expect(retryAfterMs({ 'retry-after': '1.5' }, now)).toBe(1_500)
  expect(retryAfterMs({ 'retry-after': 'Thu, 01 Jan 2026 00:00:02 GMT' }, now)).toBe(2_000)
  expect(retryAfterMs({ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, now)).toBe(0)
  expect(retryAfterMs({ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '1m0.5s' }, now)).toBe(60_500)
  expect(retryAfterMs({ 'x-ratelimit-remaining-tokens': '5', 'x-ratelimit-reset-tokens': '6m0s' }, now)).toBeUndefined()
  expect(retryAfterMs({ 'retry-after': 'soon' }, now)).toBeUndefined()
})

test('an abort ends a wait at once, with its reason', async () => {
  const stop = new AbortController()
  const waiting = wait(60_000, stop.signal)
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  await expect(wait(1, stop.signal)).rejects.toThrow('enough')
})
