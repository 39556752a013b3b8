// What is said in a run, and what the simulator makes of it.
import { ledgerToolNames } from '../../support/ledger-tools.ts'
import type { Random } from './random.ts'

/** So many different words. */
export const words = (count: number, word: string): string => Array.from({ length: count }, (_, n) => `${word}${n}`).join(' ')

/** Pieces of the first and the last answer. */
export const pieces = { first: 20, last: 30 }
/** Calls in the middle; two are of the transactional class. */
export const callCount = 6
const pieceMs = 4
const longestToolMs = 40
/** While these go by a full turn is certainly under way. */
export const turnMs = 400

const { pure, idempotent, transactional, keyed, at_most_once: once } = ledgerToolNames

export interface Turn {
  capabilities: readonly string[]
  /** What else its session is made with. */
  session?: object
  text: string
}

/** A message that has the simulated model answer so. */
export const scripted = (turns: readonly unknown[]): string => `Do everything.\n/sim ${JSON.stringify({ turns })}`

/** A turn that has everything in it: an answer that streams, a call of every effect class at once, a last answer that streams. */
export function fullTurn(random: Random, tokenMs = pieceMs): Turn {
  const call = (name: string, n: number) => ({ name, arguments: { n, ms: random.between(0, longestToolMs) } })
  const names = [pure, idempotent, transactional, keyed, once, transactional]
  const turns = [
    { text: words(pieces.first, 'first'), token_ms: tokenMs, tool_calls: names.map(call) },
    { text: words(pieces.last, 'last'), token_ms: tokenMs },
  ]
  return { capabilities: ['ledger_tools'], text: scripted(turns) }
}

const shortPieces = 6
const shortCalls = 3
const harmless = [pure, idempotent]
const effectful = [transactional, keyed, once]

/** The session's n-th turn of a storm: a short answer, three calls of which every other changes something, a short answer. */
export function shortTurn(random: Random, n: number): Turn {
  const calls = Array.from({ length: shortCalls }, (_, call) => ({
    name: random.oneOf(random.next() < 0.5 ? effectful : harmless),
    arguments: { n: n * shortCalls + call, ms: random.between(0, longestToolMs) },
  }))
  const turns = [
    { text: words(shortPieces, 'first'), token_ms: pieceMs, tool_calls: calls },
    { text: words(shortPieces, 'last'), token_ms: pieceMs },
  ]
  return { capabilities: ['ledger_tools'], text: scripted(turns) }
}

export const builtInFile = { path: '/notes.md', content: 'written once' }

/** A turn with the tools that come with the product. */
export function builtInTurn(): Turn {
  const calls = [
    { name: 'write_file', arguments: builtInFile },
    { name: 'kv_store', arguments: { operation: 'set', key: 'place', value: 'Kyiv' } },
    { name: 'get_current_time', arguments: {} },
  ]
  const turns = [
    { text: words(pieces.first, 'first'), token_ms: pieceMs, tool_calls: calls },
    { text: words(pieces.last, 'last'), token_ms: pieceMs },
  ]
  return { capabilities: ['session_file_system', 'session_storage', 'current_time'], text: scripted(turns) }
}
