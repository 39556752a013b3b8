import { expect, test } from 'vitest'
import { modelErrorKinds } from '../contract/model.ts'
import { disclosureOf, modelError, turnError } from './errors.ts'

const failure = { kind: 'rate_limited', message: 'org-123 is over 10 rpm', retryAfterMs: 2_100 } as const
const facts = { provider: 'openai', model_id: 'gpt-x' }

test('generic disclosure says one sentence and one code whatever happened', () => {
  expect(modelError(failure, facts, 'generic')).toEqual(turnError('budget_exhausted', { disclosure: 'generic' }))
  expect(turnError('max_iterations', { disclosure: 'generic' }).code).toBe('processing_error')
})

test('standard disclosure names what is safe and keeps the words of the provider back', () => {
  const error = modelError(failure, facts, 'standard')
  expect(error).toMatchObject({ code: 'provider_rate_limited', fields: { ...facts, retry_after: 3 } })
  expect(error.message).toContain('3 s')
  expect(JSON.stringify(error)).not.toContain('org-123')
})

test('detailed disclosure adds the words of the provider, cut to 1,000 characters', () => {
  const error = modelError({ ...failure, message: 'x'.repeat(5_000) }, facts, 'detailed')
  expect(error.fields?.detail).toBe('x'.repeat(1_000))
})

test('a request can only lower the disclosure', () => {
  expect(disclosureOf('detailed')).toBe('standard')
  expect(disclosureOf('generic', 'detailed')).toBe('generic')
  expect(disclosureOf(null, 'detailed')).toBe('detailed')
})

test('every kind of model failure has a code; an unnamed one is read off its status', () => {
  for (const kind of modelErrorKinds) expect(modelError({ kind, message: '' }, {}, 'standard').code).toMatch(/^[a-z_]+$/)
  const unnamed = (status?: number) => modelError({ kind: 'other', message: '', status }, {}, 'standard').code
  expect([413, 402, 429, 403, 529, 418, undefined].map(unnamed)).toEqual([
    'request_too_large',
    'provider_quota_exhausted',
    'provider_rate_limited',
    'provider_misconfigured',
    'provider_unavailable',
    'processing_error',
    'processing_error',
  ])
})

test('an unknown code reads as processing_error', () => {
  expect(turnError('from_the_future', { disclosure: 'standard' }).code).toBe('processing_error')
})
