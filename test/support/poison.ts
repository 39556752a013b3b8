// What must not be run: steps that take their process down, or try to, until an antidote is there; and tools that are as bad.
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { type Capability, tool } from '../../src/contract/capability.ts'
import type { Json } from '../../src/contract/json.ts'
import type { Steps } from '../../src/worker/index.ts'

/** The name of the step; its input is `{ how }`. */
export const poisonStep = 'poison'

const ways = {
  throw: () => {
    throw new Error('poison \0')
  },
  exit: () => process.exit(1),
  /** Until the process has no memory left. */
  memory: () => {
    const hoard: string[][] = []
    for (;;) hoard.push(Array.from({ length: 10_000 }, () => Math.random().toString()))
  },
  /** The thread is never given back: no beats, no other step. */
  loop: () => {
    for (;;);
  },
} satisfies Record<string, () => never>

export type Poison = keyof typeof ways

const input = z.object({ how: z.enum(['throw', 'exit', 'memory', 'loop']) })
const antidote = (ledger: string): string => `${ledger}.antidote`

/** From now on nothing is poison any more, in any process. */
export const takeAway = (ledger: string): void => writeFileSync(antidote(ledger), '')

/** With the antidote a step does no harm and writes a line to the ledger. */
export const poisonSteps = (ledger: string): Steps => ({
  [poisonStep]: async ({ task, input: given }) => {
    const { how } = input.parse(given)
    if (!existsSync(antidote(ledger))) ways[how]()
    appendFileSync(ledger, `${JSON.stringify({ poison: task.id })}\n`)
    return { kind: 'finish', value: { how } }
  },
})

const hangMs = 300
/** What PostgreSQL does not store, and far more than a model is shown. */
const strange = `\0 \ud800 ${'x'.repeat(1_000_000)}`

export const poisonToolNames = {
  throws: 'poison_throws',
  hangs: 'poison_hangs',
  strange: 'poison_strange',
  exits: 'poison_exits',
} as const

const bad = (name: string, run: () => Promise<Json>) =>
  tool({ name, says: 'Do not call this.', effect: 'pure', timeoutMs: hangMs, args: z.object({}), run })

export const poisonTools: Capability = {
  id: 'poison_tools',
  name: 'Poison',
  description: 'Tools that fail in every way; for tests of crashes.',
  tools: [
    bad(poisonToolNames.throws, async () => ways.throw()),
    bad(poisonToolNames.hangs, () => new Promise(() => {})),
    bad(poisonToolNames.strange, async () => ({ [strange.slice(0, 3)]: strange })),
    bad(poisonToolNames.exits, async () => ways.exit()),
  ],
}
