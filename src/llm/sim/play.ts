// One answer → events: word by word, at the script's pace, with its stalls and failures.
import type { ModelEvent } from '../../contract/model.ts'
import { failureOfTurn } from './choose-turn.ts'
import { pause } from './pause.ts'
import type { Turn } from './script.ts'
import { tokensOf } from './transcript.ts'

export interface Performance {
  turn: Turn
  /** Milliseconds before the first piece and between pieces. */
  ttftMs: number
  tokenMs: number
  /** How long a stalled answer is waited for before it counts as timed out. */
  silenceMs: number
  callIds: string[]
  inputTokens: number
  model: string
  responseId: string
}

/** Words with the space behind them, so that the pieces make up the text. */
const wordsOf = (text: string): string[] => text.match(/\s*\S+\s*|\s+$/g) ?? []

/** A model that takes no time for a word says many at once, as a provider's stream does when it catches up. */
const wordsAtOnce = 32

function piecesOf(text: string, { turn, tokenMs }: Performance): string[] {
  const words = wordsOf(text)
  if (tokenMs > 0 || turn.stall_after !== undefined) return words
  return Array.from({ length: Math.ceil(words.length / wordsAtOnce) }, (_, n) =>
    words.slice(n * wordsAtOnce, (n + 1) * wordsAtOnce).join(''),
  )
}

/** Ends with `done` or `error`; after an abort it just ends. */
export async function* play(show: Performance, signal: AbortSignal): AsyncGenerator<ModelEvent, void, undefined> {
  const { turn } = show
  const stallAfter = turn.stall_after ?? Number.POSITIVE_INFINITY
  const pieces: ModelEvent[] = [
    ...piecesOf(turn.thinking ?? '', show).map((delta) => ({ type: 'thinking' as const, delta })),
    ...piecesOf(turn.text ?? '', show).map((delta) => ({ type: 'text' as const, delta })),
  ]
  if (!(await pause(show.ttftMs, signal))) return
  for (const [index, piece] of pieces.slice(0, stallAfter).entries()) {
    if (index > 0 && !(await pause(show.tokenMs, signal))) return
    yield piece
    if (signal.aborted) return
  }
  if (turn.stall_after !== undefined && !(await pause(show.silenceMs, signal))) return
  yield* ending(show, signal)
}

function* ending(show: Performance, signal: AbortSignal): Generator<ModelEvent, void, undefined> {
  const { turn } = show
  const failure = failureOfTurn(turn)
  if (turn.stall_after !== undefined) {
    return yield { type: 'error', error: { kind: 'timeout', message: `The simulator sent nothing for ${show.silenceMs} ms.` } }
  }
  if (failure) return yield { type: 'error', error: failure }
  const calls = (turn.tool_calls ?? []).map((call, n) => ({ id: show.callIds[n] ?? `call_sim_${n}`, ...call }))
  if (calls.length > 0) yield { type: 'tool_calls', calls }
  if (signal.aborted) return
  const said = (turn.text ?? '').length + (turn.thinking ?? '').length
  const called = calls.reduce((total, call) => total + call.name.length + JSON.stringify(call.arguments).length, 0)
  yield {
    type: 'done',
    finishReason: turn.finish_reason ?? (calls.length > 0 ? 'tool_calls' : 'stop'),
    usage: { input_tokens: show.inputTokens, output_tokens: tokensOf(said + called) },
    responseId: show.responseId,
    model: show.model,
  }
}
