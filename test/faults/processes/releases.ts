// What workers of one release have and those of another have not: steps, and a tool in a capability that both know.
import { z } from 'zod'
import { type Capability, tool } from '../../../src/contract/capability.ts'
import type { Steps } from '../../../src/worker/index.ts'
import { appendTo, ledgerTools } from '../../support/ledger-tools.ts'

/** Each has what the one before it has, and more. */
export const releases = ['this', 'next', 'later'] as const
export type Release = (typeof releases)[number]

/** The step that each release adds, for what begins without a turn. */
export const noteOf = { this: 'note', next: 'note_next', later: 'note_later' } as const satisfies Record<Release, string>

/** A tool of the next release. */
export const newTool = 'ledger_next'

const upTo = (release: Release): readonly Release[] => releases.slice(0, releases.indexOf(release) + 1)

export const stepsOf = (release: Release): Steps =>
  Object.fromEntries(
    upTo(release).map((one) => [noteOf[one], async ({ input }) => ({ kind: 'finish', value: { input, by: release } })]),
  )

export function ledgerOfRelease(path: string, release: Release): Capability {
  const ledger = ledgerTools(path)
  if (release === 'this' || typeof ledger.tools === 'function') return ledger
  const next = tool({
    name: newTool,
    says: 'Do something that only the next release can.',
    effect: 'pure',
    args: z.object({ n: z.number().int().default(0) }),
    async run({ n }, context) {
      appendTo(path, newTool, context)
      return { n, release }
    },
  })
  return { ...ledger, tools: [...(ledger.tools ?? []), next] }
}
