// What the vendor drivers send: the transcript, its tools, images and reasoning, as each wire wants them.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Message } from '../../src/contract/message.ts'
import type { Driver, ModelRequest } from '../../src/contract/model.ts'
import { driverFor } from '../../src/llm/index.ts'
import { type ModelServer, startModelServer } from '../support/model-server.ts'
import { eventsOf, itemsIn, message, request } from './driver.ts'
import { wires } from './driver-wires.ts'

let server: ModelServer
beforeAll(async () => {
  server = await startModelServer()
})
afterAll(() => server.close())
beforeEach(() => server.reset())

const tool = {
  name: 'get_weather',
  description: 'Weather.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}
const image = { type: 'image' as const, base64: 'iVBORw0KGgo=' }
const link = { type: 'image' as const, url: 'https://example.com/cat.jpg' }

/** A turn with two parallel calls, one of which failed and one of which returned an image. */
const transcript: Message[] = [
  message('user', [{ type: 'text', text: 'Look' }, image, link]),
  message('agent', [
    { type: 'text', text: 'On it' },
    { type: 'tool_call', id: 'call_a', name: 'get_weather', arguments: { city: 'Kyiv' } },
    { type: 'tool_call', id: 'call_b', name: 'draw', arguments: '{"broken' },
  ]),
  message('tool_result', [{ type: 'tool_result', tool_call_id: 'call_a', error: 'no network' }]),
  message('tool_result', [{ type: 'tool_result', tool_call_id: 'call_b', result: [{ type: 'text', text: 'drawn' }, image] }]),
  message('user', 'And?'),
]

async function bodyFor(id: string, over: Partial<ModelRequest>, settings = {}): Promise<Record<string, unknown>> {
  server.reply({ body: wires[id]?.text ?? '' })
  await eventsOf(driver(id), { baseUrl: server.url, apiKey: 'k', settings }, request(over))
  const sent = server.requests.at(-1)
  if (!sent) throw new Error('Nothing was sent')
  return sent.body
}

function driver(id: string): Driver {
  const found = driverFor(id)
  if (!found) throw new Error(`No driver ${id}`)
  return found
}

describe('openai', () => {
  test('sends the whole transcript and asks the provider to store nothing', async () => {
    expect(await bodyFor('openai', { messages: transcript })).toMatchObject({
      store: false,
      instructions: 'Be brief.',
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'Look' },
            { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=' },
            { type: 'input_image', image_url: 'https://example.com/cat.jpg' },
          ],
        },
        { role: 'assistant', content: [{ type: 'output_text', text: 'On it' }] },
        { type: 'function_call', call_id: 'call_a', name: 'get_weather', arguments: '{"city":"Kyiv"}' },
        { type: 'function_call', call_id: 'call_b', name: 'draw', arguments: '{"invalid_arguments":"{\\"broken"}' },
        { type: 'function_call_output', call_id: 'call_a', output: 'Error: no network' },
        { type: 'function_call_output', call_id: 'call_b', output: 'drawn\n[an image follows]' },
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'Images returned by draw:' },
            { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=' },
          ],
        },
        { role: 'user', content: [{ type: 'input_text', text: 'And?' }] },
      ],
    })
  })

  test('tools go through unchanged, and never strict', async () => {
    expect(await bodyFor('openai', { tools: [tool], parallelToolCalls: false })).toMatchObject({
      tools: [{ type: 'function', ...tool, strict: false }],
      parallel_tool_calls: false,
    })
  })

  test('options: cache key, metadata, output limit, temperature', async () => {
    const body = await bodyFor('openai', { cacheKey: 'session-1', metadata: { agent: 'a' }, maxTokens: 77, temperature: 0.5 })
    expect(body).toMatchObject({
      prompt_cache_key: 'session-1',
      metadata: { agent: 'a' },
      max_output_tokens: 77,
      temperature: 0.5,
    })
    expect(body).not.toHaveProperty('reasoning')
    expect(body).not.toHaveProperty('parallel_tool_calls')
  })

  test('an effort asks for reasoning, its summary and its encrypted state; none leaves it out', async () => {
    expect(await bodyFor('openai', { reasoningEffort: 'high' })).toMatchObject({
      reasoning: { effort: 'high', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
    })
    expect(await bodyFor('openai', { reasoningEffort: 'none' })).not.toHaveProperty('reasoning')
    expect((await bodyFor('openai', { reasoningEffort: 'low' }, { reasoning_summary: 'none' })).reasoning).toEqual({
      effort: 'low',
    })
  })

  test('a reasoning item comes back with its message, but only to the model it came from', async () => {
    server.reply({ body: wires.openai?.reasoning ?? '' })
    const [item] = itemsIn(await eventsOf(driver('openai'), { baseUrl: server.url, apiKey: 'k' }))
    expect(item).toEqual({
      type: 'reasoning',
      provider: 'openai',
      model: 'model-1',
      id: 'rs_1',
      summary: ['Let me think'],
      encrypted_content: 'sealed',
    })
    const messages = [message('user', 'Hi'), message('agent', 'Done', { reasoning: [item] }), message('user', 'And?')]
    expect((await bodyFor('openai', { messages })).input).toEqual([
      { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
      { type: 'reasoning', id: 'rs_1', encrypted_content: 'sealed', summary: [{ type: 'summary_text', text: 'Let me think' }] },
      { role: 'assistant', content: [{ type: 'output_text', text: 'Done' }] },
      { role: 'user', content: [{ type: 'input_text', text: 'And?' }] },
    ])
    expect(JSON.stringify(await bodyFor('openai', { messages, model: 'model-2' }))).not.toContain('sealed')
  })
})

describe('openai_completions', () => {
  test('sends system, calls, results and then the images of results', async () => {
    expect(await bodyFor('openai_completions', { messages: transcript })).toMatchObject({
      stream_options: { include_usage: true },
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
            { type: 'image_url', image_url: { url: 'https://example.com/cat.jpg' } },
          ],
        },
        {
          role: 'assistant',
          content: 'On it',
          tool_calls: [
            { id: 'call_a', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Kyiv"}' } },
            { id: 'call_b', type: 'function', function: { name: 'draw', arguments: '{"invalid_arguments":"{\\"broken"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_a', content: 'Error: no network' },
        { role: 'tool', tool_call_id: 'call_b', content: 'drawn\n[an image follows]' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Images returned by draw:' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
          ],
        },
        { role: 'user', content: 'And?' },
      ],
    })
  })

  test('tools and options go through; what only OpenAI knows stays away', async () => {
    const body = await bodyFor('openai_completions', {
      tools: [tool],
      parallelToolCalls: true,
      cacheKey: 's',
      maxTokens: 77,
      temperature: 0.5,
      reasoningEffort: 'low',
    })
    expect(body).toMatchObject({
      tools: [{ type: 'function', function: tool }],
      parallel_tool_calls: true,
      max_tokens: 77,
      temperature: 0.5,
      reasoning_effort: 'low',
    })
    expect(body).not.toHaveProperty('prompt_cache_key')
  })
})
