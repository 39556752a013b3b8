// The engine, the turn and the worker's loop in a world where everything that can go wrong does, hundreds of times over. `npm run
// simulate` runs more of them, and tells one in full.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { run } from './run.ts'

/** A loaded machine is slower than this test's own time by much. */
const timeoutMs = 300_000
const seedCount = 500

/** Seeds that once broke a promise, and what they found. */
const kept = z
  .array(z.object({ seed: z.number().int(), found: z.string() }))
  .parse(JSON.parse(readFileSync(new URL('./seeds.json', import.meta.url), 'utf8')))

/** The first seed that breaks a promise, with how it went. */
async function firstBreach(seeds: Iterable<number>): Promise<string | null> {
  for (const seed of seeds) {
    const { breaches } = await run(seed)
    if (breaches.length > 0) return `seed ${seed}: ${breaches.join('; ')} (npm run simulate -- --seed ${seed} tells how it went)`
  }
  return null
}

test('seeds that once broke a promise keep every one', { timeout: timeoutMs }, async () => {
  expect(await firstBreach(kept.map(({ seed }) => seed))).toBeNull()
})

test('in hundreds of troubled worlds every promise is kept', { timeout: timeoutMs }, async () => {
  expect(await firstBreach(Array.from({ length: seedCount }, (_, seed) => seed))).toBeNull()
})

test('a seed gives the same run each time', { timeout: timeoutMs }, async () => {
  const [first, second]: [string[], string[]] = [[], []]
  await run(3, first)
  await run(3, second)
  expect(first.length).toBeGreaterThan(100)
  expect(namesAway(second)).toEqual(namesAway(first))
})

/** Ids are new in every run. */
const namesAway = (trace: readonly string[]): string[] => trace.map((line) => line.replace(/\b[0-9a-f]{6}\b/g, 'id'))
