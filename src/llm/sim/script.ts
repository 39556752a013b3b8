// The simulator's script language: what can be written, and the one form it is read into. docs/simulator.md describes it for people.
import { z } from 'zod'
import { errorNames } from './errors.ts'

const wholeNumber = z.number().int().min(0)
const call = z.object({ name: z.string().min(1), arguments: z.unknown().default({}) })
const calls = z.array(call)
export type ScriptedCall = z.infer<typeof call>

/** One answer of the model. `error` comes after the text and in place of calls; `stall_after` counts pieces of text. */
const turnFields = {
  text: z.string(),
  thinking: z.string(),
  tool_calls: calls,
  error: z.enum(errorNames),
  message: z.string(),
  retry_after_ms: wholeNumber,
  stall_after: wholeNumber,
  finish_reason: z.enum(['stop', 'length', 'refusal', 'other']),
  ttft_ms: wholeNumber,
  token_ms: wholeNumber,
}
const turnObject = z.strictObject(turnFields).partial()
const turn = z.union([z.string().transform((text) => ({ text })), turnObject])
export type Turn = z.infer<typeof turnObject>

const exhaustion = {
  repeat_last: 'repeat_last',
  RepeatLast: 'repeat_last',
  error: 'error',
  Error: 'error',
  loop: 'loop',
  Loop: 'loop',
} as const
const onExhausted = z.enum(['repeat_last', 'RepeatLast', 'error', 'Error', 'loop', 'Loop']).transform((name) => exhaustion[name])

const responseObject = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('fixed'), text: z.string() }),
  z.strictObject({ type: z.literal('echo') }),
  z.strictObject({ type: z.literal('lorem'), target_tokens: z.number().int().min(1).max(200_000) }),
  z.strictObject({ type: z.literal('sequence'), responses: z.array(z.string()).min(1) }),
  z.strictObject({ type: z.literal('scripted'), turns: z.array(turn).min(1), on_exhausted: onExhausted.optional() }),
  z.strictObject({ type: z.literal('empty') }),
  z.strictObject({ type: z.literal('error'), message: z.string().optional(), error: z.enum(errorNames).optional() }),
  z.strictObject({ type: z.literal('model_not_available') }),
  z.strictObject({ type: z.literal('describe') }),
])
export type Response = z.infer<typeof responseObject>
const response = z.union([z.string().transform((text): Response => ({ type: 'fixed', text })), responseObject])

const toolCalls = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('fixed'), calls }),
  z.strictObject({ type: z.literal('sequence'), calls: z.array(calls).min(1) }),
  z.strictObject({ type: z.literal('conditional'), rules: z.array(z.object({ contains: z.string().min(1), calls })).min(1) }),
])

const latency = z.strictObject({
  /** Before the first piece. */
  ttft_ms: wholeNumber.optional(),
  /** Between pieces. */
  token_ms: wholeNumber.optional(),
})

const scriptObject = z.strictObject({
  response: response.optional(),
  tool_calls: toolCalls.optional(),
  latency: latency.optional(),
  response_id: z.string().optional(),
  /** What steps are counted by: answers since the last user message, or in the session. */
  scope: z.enum(['message', 'session']).optional(),
})
export type Script = z.infer<typeof scriptObject>

/** Longer forms of the short ones: text, a list of turns, `{turns}`, one turn written at the top. */
function spelledOut(value: unknown): unknown {
  if (typeof value === 'string') return { response: value }
  if (Array.isArray(value)) return { response: { type: 'scripted', turns: value } }
  if (typeof value !== 'object' || value === null) return value
  if ('turns' in value) {
    const { turns, on_exhausted, ...rest } = value as Record<string, unknown> // narrowed above; a spread needs an index type
    return { ...rest, response: { type: 'scripted', turns, ...(on_exhausted === undefined ? {} : { on_exhausted }) } }
  }
  const { latency, response_id, scope, ...one } = value as Record<string, unknown> // as above
  const isOneTurn = Object.keys(one).some((key) => key in turnFields && !(key === 'tool_calls' && !Array.isArray(one.tool_calls)))
  return isOneTurn && !('response' in one) ? { latency, response_id, scope, response: { type: 'scripted', turns: [one] } } : value
}

/** Reads a script, short or long. What is wrong with it comes back as a sentence. */
export function readScript(value: unknown): { script: Script } | { problem: string } {
  const read = scriptObject.safeParse(spelledOut(value))
  if (read.success) return { script: read.data }
  const [issue] = read.error.issues
  return { problem: issue ? `${issue.path.join('.') || 'script'}: ${issue.message}` : 'it is not a script' }
}
