// One tool for each effect class. What a tool does to the world is a line in a ledger outside the product: appended, synced to disk,
// and never taken back, so that whoever counts the lines knows what really happened.
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import { z } from 'zod'
import { type Capability, type EffectClass, type ToolContext, tool } from '../../src/contract/capability.ts'
import { failpoint } from '../../src/contract/failpoint.ts'

/** One line of the ledger: `tool` did its work for `call`. */
export interface LedgerLine {
  session: string
  call: string
  tool: string
  key: string
  attempt: number
  pid: number
}

/** `n` tells calls of one answer apart, `ms` makes parallel ones end apart. */
const args = z.object({ n: z.number().int().default(0), ms: z.number().int().default(0) })
type Args = z.output<typeof args>

/** The tool of each class. */
export const ledgerToolNames = {
  pure: 'ledger_look',
  idempotent: 'ledger_set',
  transactional: 'ledger_state',
  keyed: 'ledger_send',
  at_most_once: 'ledger_once',
} as const satisfies Record<EffectClass, string>

/** Tools that write to the ledger at `path`. */
export function ledgerTools(path: string): Capability {
  const external = (effect: Exclude<EffectClass, 'transactional'>) =>
    tool({
      name: ledgerToolNames[effect],
      says: `Do something that is ${effect}.`,
      effect,
      args,
      async run({ n, ms }, context) {
        await pause(ms)
        appendTo(path, ledgerToolNames[effect], context)
        await pause(ms)
        return { n, done: true }
      },
    })
  return {
    id: 'ledger_tools',
    name: 'Ledger tools',
    description: 'One tool for each effect class; for tests of crashes.',
    tools: [
      external('pure'),
      external('idempotent'),
      external('keyed'),
      external('at_most_once'),
      tool({
        name: ledgerToolNames.transactional,
        says: 'Write two files and count.',
        effect: 'transactional',
        hints: { concurrency_class: 'ledger_state' },
        args,
        run: (given, context) => changeState(path, given, context),
      }),
    ],
  }
}

/** Two files and two values that only make sense together; a kill in the middle must leave none of them. */
async function changeState(path: string, { n, ms }: Args, context: ToolContext) {
  appendTo(path, ledgerToolNames.transactional, context)
  const { files, values, toolCallId } = context
  const count = Number((await values.get('count')) ?? 0) + 1
  await files.write(`/first-${n}.txt`, `${toolCallId} ${count}`, 'text')
  await values.set('count', String(count))
  await pause(ms)
  await failpoint('tool.half_written')
  await files.write(`/second-${n}.txt`, `${toolCallId} ${count}`, 'text')
  await values.set('last', toolCallId)
  return { n, count }
}

/** One more line: what a tool did. */
export function appendTo(path: string, name: string, { sessionId, toolCallId, idempotencyKey, attempt }: ToolContext): void {
  const line: LedgerLine = { session: sessionId, call: toolCallId, tool: name, key: idempotencyKey, attempt, pid: process.pid }
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_SYNC)
  writeSync(file, `${JSON.stringify(line)}\n`)
  closeSync(file)
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** What was done for a session, in the order it happened. */
export const ledgerOf = (path: string, session: string): LedgerLine[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.includes(session))
    // Lines are written by `appendTo` only.
    .map((line) => JSON.parse(line) as LedgerLine)
    .filter((line) => line.session === session)
