// Which seeds are run: those that once showed a violation always, and new ones each time unless FAULT_SEED says where to begin.
import { readFileSync } from 'node:fs'
import { z } from 'zod'

const known = z
  .array(z.object({ point: z.string(), seed: z.number().int() }))
  .parse(JSON.parse(readFileSync(new URL('./seeds.json', import.meta.url), 'utf8')))

/** Seeds of a point that once failed. */
export const failedSeeds = (point: string): number[] => known.flatMap((entry) => (entry.point === point ? [entry.seed] : []))

const seedSpace = 1_000_000

/** The first of this run's seeds. */
export const firstSeed = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * seedSpace))
