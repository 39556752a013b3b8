// The same answers as each vendor's wire puts them: what the conformance suite feeds to every driver.
import { sse } from '../support/model-server.ts'

export interface Wire {
  path: string
  /** "Héllo 👋 wörld", 12 fresh input tokens, 5 output tokens, response id `resp-1`, model `model-1`. */
  text: string
  /** The same with 30 cached input tokens beside the 12 fresh ones. */
  cached: string
  /** Thinks "Let me think", then says "Done". */
  reasoning: string
  /** "On it", then call_a get_weather {"city":"Kyiv"} and call_b add {"a":1,"b":2}, argument pieces interleaved where the wire allows it. */
  calls: string
  /** One call whose arguments are `{"city":`. */
  badArguments: string
  /** Text "Half" and then the output limit. */
  length: string
  /** Text "Ha", then nothing more: the body ends. */
  truncated: string
  /** Text "Ha", then an error frame that says the server is overloaded. */
  errorFrame: string
  /** Text "Ha", then a frame that is not JSON. */
  brokenJson: string
  /** A body that says nothing of an answer. */
  empty: string
  /** The error body for a message, type and code. */
  error(message: string, type?: string, code?: string): string
}

// ── OpenAI Responses ─────────────────────────────────────────────────────────────────────────────────────────────────────────
const response = (over: object) => ({
  id: 'resp-1',
  object: 'response',
  created_at: 1_760_000_000,
  model: 'model-1',
  status: 'in_progress',
  output: [],
  ...over,
})
const created = [{ type: 'response.created', response: response({}) }]
const usage = (cached: number) => ({
  input_tokens: 12 + cached,
  input_tokens_details: { cached_tokens: cached },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 17 + cached,
})
const completed = (cached = 0) => ({
  type: 'response.completed',
  response: response({ status: 'completed', usage: usage(cached) }),
})

const messageItem = (index: number, ...deltas: string[]) => {
  const id = `msg_${index}`
  const item = { type: 'message', id, role: 'assistant', status: 'completed', content: [] }
  return [
    { type: 'response.output_item.added', output_index: index, item },
    ...deltas.map((delta) => ({ type: 'response.output_text.delta', item_id: id, output_index: index, content_index: 0, delta })),
    { type: 'response.output_item.done', output_index: index, item },
  ]
}
const callItem = (index: number, call_id: string, name: string, text: string) => {
  const item = { type: 'function_call', id: `fc_${index}`, call_id, name, status: 'completed' }
  return {
    added: { type: 'response.output_item.added', output_index: index, item: { ...item, arguments: '' } },
    deltas: [text.slice(0, 5), text.slice(5)].map((delta) => ({
      type: 'response.function_call_arguments.delta',
      item_id: item.id,
      output_index: index,
      delta,
    })),
    done: { type: 'response.output_item.done', output_index: index, item: { ...item, arguments: text } },
  }
}
const thought = { type: 'reasoning', id: 'rs_1', summary: [] as object[] }
const weather = callItem(1, 'call_a', 'get_weather', '{"city":"Kyiv"}')
const sum = callItem(2, 'call_b', 'add', '{"a":1,"b":2}')
const halfCall = callItem(0, 'call_a', 'get_weather', '{"city":')
const cutMessage = messageItem(0, 'Ha').slice(0, 2)

const responses: Wire = {
  path: '/v1/responses',
  text: sse(...created, ...messageItem(0, 'Héllo ', '👋 ', 'wörld'), completed()),
  cached: sse(...created, ...messageItem(0, 'Héllo 👋 wörld'), completed(30)),
  reasoning: sse(
    ...created,
    { type: 'response.output_item.added', output_index: 0, item: { ...thought, encrypted_content: 'early' } },
    {
      type: 'response.reasoning_summary_part.added',
      item_id: 'rs_1',
      output_index: 0,
      summary_index: 0,
      part: { type: 'summary_text', text: '' },
    },
    { type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', output_index: 0, summary_index: 0, delta: 'Let me ' },
    { type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', output_index: 0, summary_index: 0, delta: 'think' },
    {
      type: 'response.reasoning_summary_part.done',
      item_id: 'rs_1',
      output_index: 0,
      summary_index: 0,
      part: { type: 'summary_text', text: 'Let me think' },
    },
    {
      type: 'response.output_item.done',
      output_index: 0,
      item: { ...thought, summary: [{ type: 'summary_text', text: 'Let me think' }], encrypted_content: 'sealed' },
    },
    ...messageItem(1, 'Done'),
    completed(),
  ),
  calls: sse(
    ...created,
    ...messageItem(0, 'On it'),
    weather.added,
    sum.added,
    ...weather.deltas,
    ...sum.deltas,
    weather.done,
    sum.done,
    completed(),
  ),
  badArguments: sse(...created, halfCall.added, ...halfCall.deltas, halfCall.done, completed()),
  length: sse(...created, ...messageItem(0, 'Half'), {
    type: 'response.incomplete',
    response: response({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, usage: usage(0) }),
  }),
  truncated: sse(...created, ...cutMessage),
  errorFrame: sse(...created, ...cutMessage, {
    type: 'error',
    sequence_number: 4,
    code: 'server_error',
    message: 'The server is overloaded',
    param: null,
  }),
  brokenJson: sse(...created, ...cutMessage, '{"type":"response.output_te'),
  empty: sse('[DONE]'),
  error: (message, type, code) => JSON.stringify({ error: { message, type: type ?? null, code: code ?? null, param: null } }),
}

// ── chat/completions ─────────────────────────────────────────────────────────────────────────────────────────────────────────
const chunk = (delta: object | null, finish_reason: string | null = null, over: object = {}) => ({
  id: 'resp-1',
  object: 'chat.completion.chunk',
  created: 1_760_000_000,
  model: 'model-1',
  choices: delta ? [{ index: 0, delta, finish_reason }] : [],
  ...over,
})
const chatUsage = (cached: number) =>
  chunk(null, null, {
    usage: {
      prompt_tokens: 12 + cached,
      completion_tokens: 5,
      total_tokens: 17 + cached,
      prompt_tokens_details: { cached_tokens: cached },
    },
  })
const ending = (reason = 'stop', cached = 0) => [chunk({}, reason), chatUsage(cached), '[DONE]']
const say = (content: string) => chunk({ content })
const toolPiece = (index: number, piece: object, id?: string) =>
  chunk({ tool_calls: [{ index, ...(id ? { id, type: 'function' } : {}), function: piece }] })
const opening = chunk({ role: 'assistant', content: '' })

const completions: Wire = {
  path: '/v1/chat/completions',
  text: sse(opening, say('Héllo '), say('👋 '), say('wörld'), ...ending()),
  cached: sse(opening, say('Héllo 👋 wörld'), ...ending('stop', 30)),
  reasoning: sse(
    opening,
    chunk({ reasoning_content: 'Let me ' }),
    chunk({ reasoning_content: 'think' }),
    say('Done'),
    ...ending(),
  ),
  calls: sse(
    opening,
    say('On it'),
    toolPiece(0, { name: 'get_weather', arguments: '' }, 'call_a'),
    toolPiece(1, { name: 'add', arguments: '' }, 'call_b'),
    toolPiece(0, { arguments: '{"city"' }),
    toolPiece(1, { arguments: '{"a":1,' }),
    toolPiece(0, { arguments: ':"Kyiv"}' }),
    toolPiece(1, { arguments: '"b":2}' }),
    ...ending('tool_calls'),
  ),
  badArguments: sse(opening, toolPiece(0, { name: 'get_weather', arguments: '{"city":' }, 'call_a'), ...ending('tool_calls')),
  length: sse(opening, say('Half'), ...ending('length')),
  truncated: sse(opening, say('Ha')),
  errorFrame: sse(opening, say('Ha'), { error: { message: 'The server is overloaded', type: 'server_error', code: 503 } }),
  brokenJson: sse(opening, say('Ha'), '{"id":"resp-1","choi'),
  empty: sse(chunk(null), '[DONE]'),
  error: (message, type, code) => JSON.stringify({ error: { message, type: type ?? null, code: code ?? null, param: null } }),
}

/** By driver id. A vendor driver without a wire here fails the suite. */
export const wires: Record<string, Wire> = { openai: responses, openai_completions: completions }
