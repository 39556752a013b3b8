// The short forms of the scenarios. The long ones: npm run test:faults.
import { expect, test } from 'vitest'
import { seeded } from '../harness/random.ts'
import { failedSeeds, firstSeed } from '../seeds.ts'
import { scenarios } from './index.ts'

const runs = scenarios
  .filter(({ inSuite }) => inSuite)
  .flatMap((scenario) => [...failedSeeds(scenario.name), firstSeed].map((seed) => ({ scenario, name: scenario.name, seed })))

test.each(runs)('$name (FAULT_SEED=$seed)', { timeout: 180_000 }, async ({ scenario, seed }) => {
  const { runs: tried, violations } = await scenario.run(seeded(seed), { form: 'short' })
  expect(violations).toEqual([])
  expect(tried).toBeGreaterThan(0)
})
