// How the simulator's tests talk to it.
import type { Json, JsonObject } from '../../src/contract/json.ts'
import type { Message } from '../../src/contract/message.ts'
import type { ModelEvent, ModelRequest } from '../../src/contract/model.ts'
import { llmsim } from '../../src/llm/sim.ts'
import { callsIn, eventsOf, message, request, textIn } from './driver.ts'

/** The answer to a text, or to a whole conversation. */
export const ask = (
  said: string | Message[],
  over: Partial<ModelRequest> = {},
  settings: JsonObject = {},
): Promise<ModelEvent[]> =>
  eventsOf(
    llmsim,
    { settings },
    request({ system: '', messages: typeof said === 'string' ? [message('user', said)] : said, ...over }),
  )

/** The conversation after one more answer and, where it called tools, their results. */
export async function onwards(messages: Message[], over: Partial<ModelRequest> = {}, result: Json = 'ok'): Promise<Message[]> {
  const events = await ask(messages, over)
  const calls = callsIn(events)
  const answer = message('agent', [
    { type: 'text', text: textIn(events) },
    ...calls.map((call) => ({ type: 'tool_call' as const, ...call })),
  ])
  const results = calls.map(({ id }) => message('tool_result', [{ type: 'tool_result', tool_call_id: id, result }]))
  return [...messages, answer, ...results]
}
/** A script as it stands in a message or a system prompt. */
export const block = (script: Json) => `\`\`\`llmsim\n${JSON.stringify(script)}\n\`\`\``
