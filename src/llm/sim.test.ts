// The simulator through its driver door: how it behaves without a script, fails and keeps time.
import { describe, expect, test } from 'vitest'
import { callsIn, doneOf, eventsOf, failureOf, message, request, textIn } from '../../test/conformance/driver.ts'
import { ask, onwards } from '../../test/conformance/driver-sim.ts'
import type { Json, JsonObject } from '../contract/json.ts'
import type { ModelTool } from '../contract/model.ts'
import { llmsim } from './sim.ts'

const tool = (name: string, properties: JsonObject = {}, required: string[] = [], description = ''): ModelTool => ({
  name,
  description,
  parameters: { type: 'object', properties, required },
})
const text = { type: 'string' }
const time = tool('get_current_time', { timezone: text })
const weather = tool('get_weather', { location: text, units: { type: 'string', enum: ['celsius'] } }, ['location'])
const numbers = { a: { type: 'number' }, b: { type: 'number' } }
const add = tool('add', numbers, ['a', 'b'])
const subtract = tool('subtract', numbers, ['a', 'b'])
const writeFile = tool('write_file', { path: text, content: text }, ['path', 'content'])
const listDirectory = tool('list_directory', { path: text })
const [readFile, deleteFile] = [tool('read_file', { path: text }, ['path']), tool('delete_file', { path: text }, ['path'])]
const writeTodos = tool('write_todos')
const tools = [time, weather, add, subtract, writeTodos, writeFile, readFile, deleteFile, listDirectory]

describe('without a script', () => {
  test('it greets, says what it is, and needs no tools for that', async () => {
    const events = await ask('Hello!', { tools })
    expect(textIn(events)).toMatch(/^Hello! I am the built-in simulator/)
    expect(doneOf(events).finishReason).toBe('stop')
  })

  test('the answer comes word by word where words take time, and the words make up the text', async () => {
    const events = await ask('/sim {"text":"one  two\\nthree","token_ms":1}')
    expect(events.flatMap((event) => (event.type === 'text' ? [event.delta] : []))).toEqual(['one  ', 'two\n', 'three'])
  })

  test('where they take none, many words come at once', async () => {
    const said = Array.from({ length: 70 }, (_, n) => `word ${n}`).join(' ')
    const events = await ask(`Reply with exactly: ${said}`)
    expect(textIn(events)).toBe(said)
    expect(events.filter((event) => event.type === 'text')).toHaveLength(5)
  })

  test('usage is a token for four characters, at least one', async () => {
    expect(doneOf(await ask('Reply with exactly: X')).usage).toEqual({ input_tokens: 6, output_tokens: 1 })
    expect(doneOf(await ask('/sim {"response":{"type":"empty"}}')).usage.output_tokens).toBe(1)
  })

  test.each([
    ['What time is it in Tokyo?', 'get_current_time', { timezone: 'Asia/Tokyo' }],
    ["What's the weather in San Francisco?", 'get_weather', { location: 'San Francisco' }],
    ['What is 2 + 3.5?', 'add', { a: 2, b: 3.5 }],
    ['Subtract 4 from 10', 'subtract', { a: 10, b: 4 }],
    ['Write a file hello.txt saying Good morning', 'write_file', { path: 'hello.txt', content: 'Good morning' }],
    ['List the files please', 'list_directory', {}],
    ['What is in todo.txt?', 'read_file', { path: 'todo.txt' }],
    ['Delete todo.txt', 'delete_file', { path: 'todo.txt' }],
  ])('%s', async (said, name, args) => {
    const events = await ask(said, { tools })
    expect(callsIn(events)).toMatchObject([{ name, arguments: args }])
    expect(doneOf(events).finishReason).toBe('tool_calls')
  })

  test('two questions are two parallel calls; what must come later comes later', async () => {
    expect(callsIn(await ask('What time is it, and how is the weather in Kyiv?', { tools }))).toHaveLength(2)
    const asked = [message('user', 'Write "Hi" to a.txt and then list the files')]
    const after = await onwards(asked, { tools })
    expect(callsIn(await ask(asked, { tools })).map(({ name }) => name)).toEqual(['write_file'])
    expect(callsIn(await ask(after, { tools })).map((call) => [call.name, call.arguments])).toEqual([['list_directory', {}]])
    expect(textIn(await ask(await onwards(after, { tools }), { tools }))).toBe('list_directory answered: ok')
  })

  test.each<[Json, string]>([
    ['{"temperature":18,"conditions":"sunny"}', 'get_weather answered: temperature: 18, conditions: sunny'],
    [{ temperature: 18 }, 'get_weather answered: temperature: 18'],
    ['It rains', 'get_weather answered: It rains'],
    [[{ type: 'text', text: 'It snows' }], 'get_weather answered: It snows'],
  ])('a result becomes an answer: %j', async (result, said) => {
    const asked = [message('user', 'How is the weather?')]
    expect(textIn(await ask(await onwards(asked, { tools }, result), { tools }))).toBe(said)
  })

  test('a tool that shares a word with the sentence is called with arguments its schema accepts', async () => {
    const parameters = {
      type: 'object',
      $defs: { unit: { enum: ['kg', 'lb'] } },
      properties: {
        unit: { $ref: '#/$defs/unit' },
        count: { type: 'integer', minimum: 3, maximum: 5 },
        tags: { type: 'array', minItems: 2, items: { type: 'string', maxLength: 3 } },
        when: { type: 'string', format: 'date-time' },
        nested: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] },
        maybe: { anyOf: [{ type: 'null' }, { type: 'number' }] },
        unasked: { type: 'string' },
      },
      required: ['unit', 'count', 'tags', 'when', 'nested', 'maybe'],
    }
    const events = await ask('Ship 9 parcels today', { tools: [{ name: 'send_parcel', description: 'Sends.', parameters }] })
    expect(callsIn(events)[0]?.arguments).toEqual({
      unit: 'kg',
      count: 5,
      tags: ['sam', 'sam'],
      when: '2026-01-01T00:00:00Z',
      nested: { ok: true },
      maybe: 1,
    })
  })

  test('common words call nothing', async () => {
    const chatty = [
      tool('read_file', { path: text }, ['path'], 'Read a file of the session.'),
      tool('get_session_info', {}, [], 'What this session is.'),
    ]
    expect(callsIn(await ask('Tell me about your session and what is new', { tools: chatty }))).toEqual([])
  })

  test('it remembers a code word and mentions images', async () => {
    const told = [message('user', 'code word: cobalt')]
    const asked = [...(await onwards(told)), message('user', 'What is the code word?')]
    expect(textIn(await ask(asked))).toContain('cobalt')
    const seen = message('user', [
      { type: 'text', text: 'What is this?' },
      { type: 'image', base64: 'iVBORw0KGgo=' },
    ])
    expect(textIn(await ask([seen]))).toContain('an image')
  })

  test('the same request is answered the same; ids of calls never repeat in a session', async () => {
    const first = [message('user', 'How is the weather in Rome?')]
    expect(await ask(first, { tools })).toEqual(await ask(first, { tools }))
    const again = [...(await onwards(await onwards(first, { tools }), { tools })), message('user', 'How is the weather in Rome?')]
    const ids = [...callsIn(await ask(first, { tools })), ...callsIn(await ask(again, { tools }))].map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
  })
})

describe('failures', () => {
  test.each([
    ['RateLimit', 'rate_limited'],
    ['Timeout', 'timeout'],
    ['Transport', 'unavailable'],
    ['Overloaded', 'unavailable'],
    ['Authentication', 'authentication'],
    ['QuotaExhausted', 'quota_exhausted'],
    ['UnsupportedModel', 'model_not_found'],
    ['InvalidResponse', 'invalid_response'],
    ['RequestTooLarge', 'request_too_large'],
    ['Other', 'other'],
  ])('%s, after the text it was given', async (error, kind) => {
    const events = await ask(`/sim ${JSON.stringify({ text: 'Half of', error, message: 'because', retry_after_ms: 5 })}`)
    expect(textIn(events)).toBe('Half of')
    expect(failureOf(events)).toMatchObject({ kind, message: 'because', retryAfterMs: 5 })
  })

  test('a model that is not available, and a plain error', async () => {
    expect(failureOf(await ask('/sim {"response":{"type":"model_not_available"}}')).kind).toBe('model_not_found')
    expect(failureOf(await ask('Hi', { model: 'llmsim-error' })).kind).toBe('other')
  })

  test('a stalled answer times out as a real one would', async () => {
    const stalling = request({ messages: [message('user', '/sim {"text":"one two three","stall_after":2}')] })
    const events = await eventsOf(llmsim, { silenceTimeoutMs: 10 }, stalling)
    expect([textIn(events), failureOf(events).kind]).toEqual(['one two ', 'timeout'])
  })
})

describe('pace', () => {
  test.each(['/sim {"text":"one two","stall_after":1}', '/sim {"text":"one two","token_ms":60000}'])(
    'an abort ends %s',
    async (said) => {
      const stop = new AbortController()
      const heard: string[] = []
      for await (const event of llmsim.stream(request({ messages: [message('user', said)] }), { settings: {} }, stop.signal)) {
        heard.push(event.type)
        setImmediate(() => stop.abort())
      }
      expect(heard).toEqual(['text'])
      expect(await eventsOf(llmsim, {}, request(), stop.signal)).toEqual([])
    },
  )

  test('a model name sets it', async () => {
    const before = performance.now()
    await ask('/sim "a"', { model: 'llmsim-ttft-30' })
    // Timers may fire a millisecond early.
    expect(performance.now() - before).toBeGreaterThan(28)
  })
})
