// Script and transcript → the one answer to give now.
import { answer } from './answer.ts'
import { simulatedFailure } from './errors.ts'
import { lorem } from './lorem.ts'
import type { Response, Script, ScriptedCall, Turn } from './script.ts'
import type { Transcript } from './transcript.ts'

type ScriptedResponse = Extract<Response, { type: 'scripted' }>

/** Tool calls of the script first; then its response; where it says nothing, the simulator speaks for itself. */
export function chooseTurn(script: Script, transcript: Transcript): Turn {
  const calls = scriptedCalls(script, transcript)
  if (calls.length > 0) return { tool_calls: calls }
  return filled(
    script.response ? respond(script.response, stepOf(script, transcript), transcript) : answer(transcript),
    transcript,
  )
}

const stepOf = ({ scope }: Script, { answers, answersSince }: Transcript): number =>
  scope === 'message' ? answersSince : answers

/** `fixed` and `conditional` call once after each user message, so that a turn comes to an end; `sequence` has a list for each step. */
function scriptedCalls(script: Script, transcript: Transcript): ScriptedCall[] {
  const plan = script.tool_calls
  if (!plan) return []
  if (plan.type === 'sequence') return plan.calls[stepOf(script, transcript)] ?? []
  if (transcript.answersSince > 0) return []
  if (plan.type === 'fixed') return plan.calls
  return plan.rules.find(({ contains }) => transcript.said.toLowerCase().includes(contains.toLowerCase()))?.calls ?? []
}

function respond(response: Response, step: number, transcript: Transcript): Turn {
  switch (response.type) {
    case 'fixed':
      return { text: response.text }
    case 'echo':
      return { text: `Echo: ${transcript.said}` }
    case 'lorem':
      return { text: lorem(response.target_tokens) }
    case 'sequence':
      return { text: response.responses[step % response.responses.length] ?? '' }
    case 'scripted':
      return scriptedTurn(response, step, transcript)
    case 'empty':
      return { text: '' }
    case 'error':
      return { error: response.error ?? 'Other', ...(response.message === undefined ? {} : { message: response.message }) }
    case 'model_not_available':
      return { error: 'UnsupportedModel', message: `The model ${transcript.request.model} is not available.` }
    case 'describe':
      return { text: described(transcript) }
  }
}

function scriptedTurn({ turns, on_exhausted }: ScriptedResponse, step: number, transcript: Transcript): Turn {
  const turn = turns[step]
  if (turn) return turn
  if (on_exhausted === 'error') return { error: 'Other', message: 'The script is exhausted.' }
  if (on_exhausted === 'loop') return turns[step % turns.length] ?? {}
  const last: Turn = turns.at(-1) ?? {}
  // Calls that nobody asked to repeat would keep the turn going until its limit.
  return on_exhausted === 'repeat_last' || !last.tool_calls ? last : answer(transcript)
}

/** What reached the model, as JSON: for checking what a prompt, a tool list or a control did. */
function described({ request }: Transcript): string {
  const { model, system, reasoningEffort, temperature, maxTokens, parallelToolCalls, cacheKey, metadata } = request
  const tools = request.tools.map(({ name }) => name)
  const roles = request.messages.map(({ role }) => role)
  return JSON.stringify({
    model,
    system,
    tools,
    roles,
    reasoningEffort,
    temperature,
    maxTokens,
    parallelToolCalls,
    cacheKey,
    metadata,
  })
}

/** `{{user}}` and `{{tool_result}}` in scripted text. */
function filled(turn: Turn, { said, outcomes }: Transcript): Turn {
  if (!turn.text?.includes('{{')) return turn
  const results = outcomes.map(({ text }) => text).join('\n')
  return { ...turn, text: turn.text.replaceAll('{{user}}', () => said).replaceAll('{{tool_result}}', () => results) }
}

/** The failure a turn ends with, or null. */
export const failureOfTurn = ({ error, message, retry_after_ms }: Turn) =>
  error ? simulatedFailure(error, message, retry_after_ms) : null
