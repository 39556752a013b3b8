// Every vendor driver against the same answers and the same accidents, over real HTTP.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { drivers } from '../../src/llm/index.ts'
import { type ModelServer, startModelServer } from '../support/model-server.ts'
import { callsIn, doneOf, eventsOf, failureOf, message, request, textIn, thinkingIn } from './driver.ts'
import { wires } from './driver-wires.ts'

const vendors = drivers.filter(({ id }) => id !== 'llmsim')

test('every vendor driver has a recorded wire', () => {
  expect(Object.keys(wires).sort()).toEqual(vendors.map(({ id }) => id).sort())
})

describe.each(vendors)('$id', (driver) => {
  const wire = wires[driver.id]
  if (!wire) throw new Error(`No wire for ${driver.id}`)
  let server: ModelServer
  beforeAll(async () => {
    server = await startModelServer()
  })
  afterAll(() => server.close())
  beforeEach(() => server.reset())
  const ask = (over = {}, asked = request(), signal?: AbortSignal) =>
    eventsOf(driver, { baseUrl: server.url, apiKey: 'key-1', ...over }, asked, signal)

  describe('answers', () => {
    test('text arrives piece by piece, with usage, response id and model', async () => {
      server.reply({ body: wire.text })
      const events = await ask()
      expect(events.slice(0, -1)).toEqual(['Héllo ', '👋 ', 'wörld'].map((delta) => ({ type: 'text', delta })))
      expect(doneOf(events)).toEqual({
        type: 'done',
        finishReason: 'stop',
        usage: { input_tokens: 12, output_tokens: 5 },
        responseId: 'resp-1',
        model: 'model-1',
      })
    })

    test('cached input is its own bucket', async () => {
      server.reply({ body: wire.cached })
      expect(doneOf(await ask()).usage).toEqual({ input_tokens: 12, output_tokens: 5, cache_read_tokens: 30 })
    })

    test('thinking is told apart from text', async () => {
      server.reply({ body: wire.reasoning })
      const events = await ask()
      expect([thinkingIn(events), textIn(events)]).toEqual(['Let me think', 'Done'])
    })

    test('parallel tool calls come once, complete, in order, with their ids', async () => {
      server.reply({ body: wire.calls })
      const events = await ask()
      expect(textIn(events)).toBe('On it')
      expect(events.at(-2)).toEqual({
        type: 'tool_calls',
        calls: [
          { id: 'call_a', name: 'get_weather', arguments: { city: 'Kyiv' } },
          { id: 'call_b', name: 'add', arguments: { a: 1, b: 2 } },
        ],
      })
      expect(doneOf(events).finishReason).toBe('tool_calls')
    })

    test('arguments that are not JSON stay text', async () => {
      server.reply({ body: wire.badArguments })
      expect(callsIn(await ask())).toEqual([{ id: 'call_a', name: 'get_weather', arguments: '{"city":' }])
    })

    test('an answer that reached the output limit says so', async () => {
      server.reply({ body: wire.length })
      const events = await ask()
      expect([textIn(events), doneOf(events).finishReason]).toEqual(['Half', 'length'])
    })

    test('the bytes may be split anywhere', async () => {
      server.reply({ body: wire.text })
      const whole = await ask()
      const length = Buffer.byteLength(wire.text)
      // Splits so far apart do not help each other; together the answers are split before every byte.
      const apart = 64
      const split = async (first: number) => {
        const splitAt = Array.from({ length: Math.ceil((length - first) / apart) }, (_, n) => first + n * apart)
        server.reply({ body: wire.text, splitAt })
        expect(await ask(), `split at ${first}, ${first + apart} …`).toEqual(whole)
      }
      await Promise.all(Array.from({ length: apart }, (_, n) => split(n + 1)))
      expect(server.requests).toHaveLength(1 + apart)
    })

    test('a slow drip is an answer too', async () => {
      server.reply({ body: wire.calls, drip: { bytes: 7, everyMs: 0 } })
      expect(callsIn(await ask())).toHaveLength(2)
    })
  })

  describe('accidents in the stream are one error event', () => {
    test.each([
      ['a body that ends too early', wire.truncated, 'invalid_response'],
      ['an error frame', wire.errorFrame, 'unavailable'],
      ['broken JSON', wire.brokenJson, 'invalid_response'],
    ])('%s', async (_, body, kind) => {
      server.reply({ body })
      const events = await ask()
      expect([textIn(events), failureOf(events).kind]).toEqual(['Ha', kind])
      expect(server.requests).toHaveLength(1)
    })

    test.each([
      ['an answer without content', wire.empty],
      ['a body without a byte', ''],
      ['a page instead of a stream', '<html>welcome</html>'],
      ['an endless line', 'data: '.repeat(2_000)],
    ])('%s', async (_, body) => {
      server.reply({ body })
      expect(failureOf(await ask()).kind).toBe('invalid_response')
      expect(server.requests).toHaveLength(1)
    })

    test.each(['cut', 'reset'] as const)('a connection that is %s after the first piece is not tried again', async (end) => {
      server.reply({ body: wire.truncated, end })
      const events = await ask()
      expect([textIn(events), failureOf(events).kind]).toEqual(['Ha', 'unavailable'])
      expect(server.requests).toHaveLength(1)
    })
  })

  describe('error statuses', () => {
    test.each([
      [401, 'Incorrect API key provided', 'invalid_request_error', 'invalid_api_key', 'authentication'],
      [403, 'Not allowed', undefined, undefined, 'authentication'],
      [402, 'Insufficient credits', undefined, undefined, 'quota_exhausted'],
      [429, 'You exceeded your current quota', 'insufficient_quota', 'insufficient_quota', 'quota_exhausted'],
      [429, 'The usage limit has been reached', 'usage_limit_reached', undefined, 'usage_limit'],
      [400, 'Your input exceeds the context window', 'invalid_request_error', 'context_length_exceeded', 'request_too_large'],
      [413, 'Too big', undefined, undefined, 'request_too_large'],
      [400, "Invalid schema for function 'x'", 'invalid_request_error', 'invalid_function_parameters', 'invalid_tool_schema'],
      [404, 'The model `m` does not exist', 'invalid_request_error', 'model_not_found', 'model_not_found'],
      [400, 'Unknown parameter', 'invalid_request_error', undefined, 'invalid_request'],
      [501, 'Not built', undefined, undefined, 'other'],
    ])('%i "%s" is final', async (status, text, type, code, kind) => {
      server.reply({ status, body: wire.error(text, type, code) })
      expect(failureOf(await ask())).toEqual({ kind, message: text, status })
      expect(server.requests).toHaveLength(1)
    })

    test('a redirect is not followed', async () => {
      server.reply({ status: 307, headers: { location: `${server.url}/elsewhere` } })
      expect(failureOf(await ask()).status).toBe(307)
      expect(server.requests).toHaveLength(1)
    })
  })

  describe('retries before the first byte', () => {
    const soon = { 'retry-after-ms': '5' }

    test.each([408, 409, 429, 500, 502, 503, 529])('%i is tried again, and the answer says what it cost', async (status) => {
      server.reply({ status, headers: soon, body: wire.error('Try later') }, { body: wire.text })
      expect(doneOf(await ask()).retry).toEqual({ attempts: 1, totalWaitMs: 5 })
      expect(server.requests).toHaveLength(2)
    })

    test('it gives up after two more attempts and passes on how long to wait', async () => {
      server.reply(...Array.from({ length: 4 }, () => ({ status: 429, headers: soon, body: wire.error('Slow down') })))
      expect(failureOf(await ask())).toEqual({ kind: 'rate_limited', message: 'Slow down', status: 429, retryAfterMs: 5 })
      expect(server.requests).toHaveLength(3)
    })

    test('a connection reset before the first byte is tried again', async () => {
      server.reply({ end: 'refuse' }, { body: '', end: 'cut' }, { body: wire.text }, { body: wire.text })
      const answers = await Promise.all([ask(), ask()])
      expect(answers.map((events) => doneOf(events).retry?.attempts)).toEqual([1, 1])
    })
  })

  describe('time-outs', () => {
    test('no first byte', async () => {
      server.reply({ end: 'mute' })
      expect(failureOf(await ask({ firstByteTimeoutMs: 40 })).kind).toBe('timeout')
      expect(server.requests).toHaveLength(1)
    })

    test('headers without a body', async () => {
      server.reply({ end: 'stall' })
      expect(failureOf(await ask({ firstByteTimeoutMs: 40 })).kind).toBe('timeout')
    })

    test('silence in the middle', async () => {
      server.reply({ body: wire.truncated, end: 'stall' })
      const events = await ask({ silenceTimeoutMs: 40 })
      expect([textIn(events), failureOf(events).kind]).toEqual(['Ha', 'timeout'])
    })

    test('no limit while bytes flow', async () => {
      server.reply({ body: wire.text, drip: { bytes: Math.ceil(wire.text.length / 12), everyMs: 12 } })
      expect(textIn(await ask({ silenceTimeoutMs: 60, firstByteTimeoutMs: 60 }))).toBe('Héllo 👋 wörld')
    })
  })

  describe('an abort ends the call at once, without a word', () => {
    test.each([
      ['before the headers', { end: 'mute' }, []],
      ['before the first byte', { end: 'stall' }, []],
      ['in the middle', { body: wire.truncated, end: 'stall' }, [{ type: 'text', delta: 'Ha' }]],
    ] as const)('%s', async (_, reply, heard) => {
      server.reply(reply)
      const stop = new AbortController()
      const events: unknown[] = []
      const reading = (async () => {
        for await (const event of driver.stream(request(), { baseUrl: server.url, apiKey: 'k', settings: {} }, stop.signal)) {
          events.push(event)
          stop.abort()
        }
      })()
      await server.received(1)
      if (heard.length === 0) stop.abort()
      await reading
      expect(events).toEqual(heard)
      await server.clientGone()
    })

    test('while it waits to try again', async () => {
      server.reply({ status: 503, headers: { 'retry-after': '30' }, body: wire.error('Later') })
      const stop = new AbortController()
      const reading = ask({}, request(), stop.signal)
      await server.received(1)
      setImmediate(() => stop.abort())
      expect(await reading).toEqual([])
    })

    test('before it began', async () => {
      expect(await ask({}, request(), AbortSignal.abort())).toEqual([])
      expect(server.requests).toHaveLength(0)
    })

    test('a reader that walks away closes the connection', async () => {
      server.reply({ body: wire.truncated, end: 'stall' })
      for await (const _ of driver.stream(
        request(),
        { baseUrl: server.url, apiKey: 'k', settings: {} },
        new AbortController().signal,
      ))
        break
      await server.clientGone()
    })
  })

  describe('requests', () => {
    test('carry the key, further headers and the model, to the address that was set', async () => {
      server.reply({ body: wire.text })
      await ask({ settings: { headers: { 'X-Team': 'blue', 'x-number': 1 } } })
      const [sent] = server.requests
      expect(sent?.path).toBe(wire.path)
      expect(sent?.headers).toMatchObject({ authorization: 'Bearer key-1', 'x-team': 'blue' })
      expect(sent?.headers).not.toHaveProperty('x-number')
      expect(sent?.body).toMatchObject({ model: 'model-1', stream: true })
    })

    test('without a key carry none, and never one from the environment', async () => {
      server.reply({ body: wire.text })
      await ask({ apiKey: undefined })
      expect(server.requests[0]?.headers).not.toHaveProperty('authorization')
    })

    test('to OpenAI itself are not made without a key', async () => {
      expect(failureOf(await eventsOf(driver, {})).kind).toBe('authentication')
    })

    test('to an address that is none are a failure', async () => {
      expect(failureOf(await ask({ baseUrl: 'nowhere' })).kind).toBe('invalid_request')
    })

    test('with a key that no header can carry are a failure', async () => {
      expect(failureOf(await ask({ apiKey: 'a\nb' })).message).toMatch(/header/i)
    })
  })
})

test('messages made here have ids of their own', () => {
  expect(message('user', 'a').id).not.toBe(message('user', 'b').id)
})
