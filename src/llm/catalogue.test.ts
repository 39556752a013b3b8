// The catalogue holds what it says it holds, and finds it.
import { expect, test } from 'vitest'
import { defaultModel, estimatedCostUsd, findModel, knownModels } from './catalogue.ts'

test('every row passes its schema, once for each driver and id', () => {
  const keys = knownModels().map(({ driver, id }) => `${driver} ${id}`)
  expect(new Set(keys).size).toBe(keys.length)
  expect(keys.length).toBeGreaterThan(20)
})

test('each driver has at most one default', () => {
  const defaults = knownModels().filter((row) => row.default)
  expect(new Set(defaults.map(({ driver }) => driver)).size).toBe(defaults.length)
  expect(defaultModel('llmsim')?.id).toBe('llmsim-default')
  expect(defaultModel('openai')?.profile.family).toBe('gpt-5')
  expect(defaultModel('nobody')).toBeUndefined()
})

test.each([
  ['openai', 'gpt-5-mini', 'gpt-5-mini'],
  ['openai', 'GPT-5-mini-2025-08-07', 'gpt-5-mini'],
  ['openai', 'ft:gpt-4o-2024-08-06:acme::abc123', 'gpt-4o'],
  ['anthropic', 'claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'],
  ['openai_completions', 'openai/gpt-5', 'gpt-5'],
  ['openai_completions', 'models/gemini-2.5-flash', 'gemini-2.5-flash'],
  ['llmsim', 'llmsim-latency', 'llmsim-latency'],
])('%s %s is %s', (driver, modelId, id) => {
  expect(findModel(driver, modelId)?.id).toBe(id)
})

test('a driver does not know the models of another one', () => {
  expect(findModel('openai', 'claude-sonnet-4-5')).toBeUndefined()
  expect(findModel('openai_completions', 'llmsim-default')).toBeUndefined()
})

test('cost counts each bucket at its own price, and a tier for the whole call', () => {
  const cost = { input: 2, output: 10, cache_read: 0.5, cost_tiers: [{ above_tokens: 100, input: 4, output: 20 }] }
  expect(estimatedCostUsd(cost, { input_tokens: 50, output_tokens: 10, cache_read_tokens: 50 })).toBeCloseTo(225e-6, 12)
  expect(estimatedCostUsd(cost, { input_tokens: 51, output_tokens: 10, cache_read_tokens: 50 })).toBeCloseTo(604e-6, 12)
  expect(estimatedCostUsd(undefined, { input_tokens: 1, output_tokens: 1 })).toBeUndefined()
})
