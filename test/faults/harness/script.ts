// A turn that has everything in it: an answer that streams, a call of every effect class at once, a last answer that streams.
import { ledgerToolNames } from '../../support/ledger-tools.ts'
import type { Random } from './random.ts'

const words = (count: number, word: string): string => Array.from({ length: count }, (_, n) => `${word}${n}`).join(' ')

/** Pieces of the first and the last answer. */
export const pieces = { first: 20, last: 30 }
/** Calls in the middle; two are of the transactional class. */
export const callCount = 6
const pieceMs = 4
const longestToolMs = 40
/** About how long the turn takes when nothing dies. */
export const turnMs = 600

export function fullTurn(random: Random): string {
  const call = (name: string, n: number) => ({ name, arguments: { n, ms: random.between(0, longestToolMs) } })
  const { pure, idempotent, transactional, keyed, at_most_once } = ledgerToolNames
  const names = [pure, idempotent, transactional, keyed, at_most_once, transactional]
  const turns = [
    { text: words(pieces.first, 'first'), token_ms: pieceMs, tool_calls: names.map(call) },
    { text: words(pieces.last, 'last'), token_ms: pieceMs },
  ]
  return `Do everything.\n/sim ${JSON.stringify({ turns })}`
}
