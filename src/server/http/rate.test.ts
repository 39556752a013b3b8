import { expect, test } from 'vitest'
import { Problem } from '../../contract/problem.ts'
import { problemBody, problemHeaders } from './problem.ts'
import { rateLimit } from './rate.ts'

const address = '192.0.2.1'

test('an address that asked too often may ask again a minute later', () => {
  const count = rateLimit(1)
  count(address, 1_000)
  expect(() => count(address, 60_999)).toThrow(Problem)
  expect(() => count(address, 61_000)).not.toThrow()
})

test('a clock that is set back does not lock anybody out for longer', () => {
  const count = rateLimit(1)
  const now = 10 * 3_600_000
  count(address, now)
  expect(() => count(address, now - 3_600_000)).not.toThrow()
})

test('how long to wait is told in whole seconds', () => {
  const problem = new Problem('rate_limited', 'Too many', { retryAfterSeconds: 59.2 })
  expect(JSON.parse(problemBody(problem, '/v1/agents', 'r'))).toMatchObject({ retry_after_seconds: 60 })
  expect(problemHeaders(problem)).toEqual({ 'Retry-After': '60' })
})
