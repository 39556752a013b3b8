// What happened outside and in the session's state, held against what the log says.
import type { EffectClass } from '../../../src/contract/capability.ts'
import { type LedgerLine, ledgerToolNames } from '../../support/ledger-tools.ts'
import type { WireEvent } from '../harness/wire.ts'
import type { Evidence } from './evidence.ts'
import { ofType } from './log.ts'

/** One call of a ledger tool: how the log says it ended, how often it was announced, what it did. */
export interface CallFacts {
  id: string
  class: EffectClass
  status: string
  announced: number
  lines: LedgerLine[]
}

const classes = new Map(Object.entries(ledgerToolNames).map(([effect, name]) => [name as string, effect as EffectClass])) // keys of the table

export function callsIn({ events, ledger }: Pick<Evidence, 'events' | 'ledger'>): CallFacts[] {
  const started = (id: string): WireEvent[] => ofType(events, 'tool.started').filter(({ data }) => data.tool_call?.id === id)
  return ofType(events, 'tool.completed').flatMap(({ data: { tool_call_id: id = '', tool_name = '', status = '' } }) => {
    const effect = classes.get(tool_name)
    return effect
      ? [{ id, class: effect, status, announced: started(id).length, lines: ledger.filter(({ call }) => call === id) }]
      : []
  })
}

type Rule = (call: CallFacts) => string[]
const unless = (holds: boolean, problem: string): string[] => (holds ? [] : [problem])

const succeeded: Rule = ({ status, lines }) => [
  ...unless(status === 'success', `ended as ${status}`),
  ...unless(lines.length > 0, 'never happened'),
]

const rules: Record<EffectClass, Rule> = {
  pure: succeeded,
  idempotent: succeeded,
  transactional: succeeded,
  keyed: (call) => [
    ...succeeded(call),
    ...unless(new Set(call.lines.map(({ key }) => key)).size === 1, 'went out under several keys'),
  ],
  at_most_once: ({ status, lines, announced }) => [
    ...unless(announced === 1, `was begun ${announced} times`),
    ...unless(status === 'success' || status === 'interrupted', `ended as ${status}`),
    ...unless(
      status === 'success' ? lines.length === 1 : lines.length <= 1,
      `ended as ${status} and happened ${lines.length} times`,
    ),
  ],
}

/** Effects as each class promises them. */
export const effects = (evidence: Evidence): string[] =>
  callsIn(evidence).flatMap((call) => rules[call.class](call).map((problem) => `${call.class} call ${call.id} ${problem}`))

/** Files and values as if every transactional call ran exactly once, one after another, in the order of their results. */
export function state({ events, ledger, files, values }: Evidence): string[] {
  const done = callsIn({ events, ledger }).filter((call) => call.class === 'transactional')
  if (done.length === 0) return []
  const written = [...files]
    .filter(([path]) => /^\/(first|second)-/.test(path))
    .map(([path, content]) => [path.split('-')[0], content].join(' '))
  const expected = done.flatMap(({ id }, n) => [`/first ${id} ${n + 1}`, `/second ${id} ${n + 1}`])
  return [
    ...unless(values.get('count') === String(done.length), `${done.length} calls counted to ${values.get('count')}`),
    ...unless(values.get('last') === done.at(-1)?.id, `the last value is of ${values.get('last')}`),
    ...unless(written.sort().join() === expected.sort().join(), `files are ${written.join()} and should be ${expected.join()}`),
  ]
}
