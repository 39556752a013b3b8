// The simulator's scripts: every kind of answer, every place a script may stand, which one wins and which step is due.
import { expect, test } from 'vitest'
import { callsIn, doneOf, failureOf, message, textIn, thinkingIn } from '../../../test/conformance/driver.ts'
import { ask, block, onwards } from '../../../test/conformance/driver-sim.ts'
import type { Json } from '../../contract/json.ts'

test.each<[string, Json, string]>([
  ['fixed', 'Bonjour', 'Bonjour'],
  ['echo', { response: { type: 'echo' } }, 'Echo: Hi'],
  ['empty', { response: { type: 'empty' } }, ''],
  ['placeholder', { text: 'You: {{user}}' }, 'You: Hi'],
])('%s', async (_, script, said) => {
  expect(textIn(await ask('Hi', { system: block(script) }))).toBe(said)
})

test('lorem has the wanted length', async () => {
  const events = await ask('Hi', {}, { script: { response: { type: 'lorem', target_tokens: 50 } } })
  expect([textIn(events).length, doneOf(events).usage.output_tokens]).toEqual([200, 50])
})

test('a script in the message may be a fenced block or a /sim line, of one or several lines', async () => {
  expect(textIn(await ask(`Hi\n${block(['A'])}`))).toBe('A')
  expect(textIn(await ask('Hi\n/sim {"text":"B"}\nthanks'))).toBe('B')
  expect(textIn(await ask('/sim {\n "response": {"type": "echo"}\n}'))).toBe('Echo: ')
})

test('the most specific script wins, and pace is inherited', async () => {
  const settings = { script: { response: 'provider', latency: { ttft_ms: 1 } } }
  expect(textIn(await ask('Hi', {}, settings))).toBe('provider')
  expect(textIn(await ask('Hi', { model: 'llmsim-echo' }, settings))).toBe('Echo: Hi')
  const over = { model: 'llmsim-echo', metadata: { llmsim: '"agent"' } }
  expect(textIn(await ask('Hi', over, settings))).toBe('agent')
  expect(textIn(await ask('Hi', { ...over, system: `Be kind.\n${block('prompt')}` }, settings))).toBe('prompt')
  expect(textIn(await ask('/sim "message"', { ...over, system: block('prompt') }, settings))).toBe('message')
})

test('a script that cannot be read is answered with what is wrong with it', async () => {
  expect(textIn(await ask('/sim {"turns":[{"tex":"A"}]}'))).toMatch(/script in the message is not valid/)
  expect(textIn(await ask('/sim {nope'))).toMatch(/it is not JSON/)
  expect(textIn(await ask('Hi', {}, { script: { response: { type: 'poem' } } }))).toMatch(/provider's settings/)
})

test('a turn of several steps: calls, then text and a call, then an answer that uses the result', async () => {
  const script: Json = [
    {
      tool_calls: [
        { name: 'a', arguments: { n: 1 } },
        { name: 'b', arguments: {} },
      ],
    },
    { text: 'More', tool_calls: [{ name: 'c' }] },
    'Got {{tool_result}}',
  ]
  const start = [message('user', `Go\n${block(script)}`)]
  expect(callsIn(await ask(start))).toMatchObject([
    { name: 'a', arguments: { n: 1 } },
    { name: 'b', arguments: {} },
  ])
  const second = await onwards(start)
  const events = await ask(second)
  expect([textIn(events), callsIn(events)[0]?.name]).toEqual(['More', 'c'])
  expect(textIn(await ask(await onwards(second, {}, '42')))).toBe('Got 42')
})

test('a message script counts from its message, an agent script through the session', async () => {
  const talked = [message('user', 'one'), message('agent', 'x'), message('user', 'two')]
  expect(textIn(await ask(talked, { system: block(['first', 'second']) }))).toBe('second')
  expect(textIn(await ask(talked, { system: block({ turns: ['first', 'second'], scope: 'message' }) }))).toBe('first')
  const scripted = [...talked.slice(0, 2), message('user', `/sim ["first","second"]`)]
  expect(textIn(await ask(scripted))).toBe('first')
})

test.each([
  [undefined, 'b'],
  ['repeat_last', 'b'],
  ['RepeatLast', 'b'],
  ['loop', 'a'],
])('exhausted, on_exhausted %s', async (on_exhausted, said) => {
  const messages = [message('user', '1'), message('agent', 'a'), message('agent', 'b'), message('user', '2')]
  const script = { turns: ['a', 'b'], ...(on_exhausted === undefined ? {} : { on_exhausted }) }
  expect(textIn(await ask(messages, { system: block(script) }))).toBe(said)
})

test('exhausted calls are not repeated unless the script says so', async () => {
  const asked = [message('user', '/sim {"tool_calls":[{"name":"get_weather"}]}')]
  expect(textIn(await ask(await onwards(asked, {}, 'sunny')))).toBe('get_weather answered: sunny')
  const looping = [message('user', '/sim {"turns":[{"tool_calls":[{"name":"x"}]}],"on_exhausted":"Loop"}')]
  expect(callsIn(await ask(await onwards(looping)))).toHaveLength(1)
  const strict = [message('user', '/sim {"turns":["a"],"on_exhausted":"Error"}'), message('agent', 'a')]
  expect(failureOf(await ask(strict)).message).toBe('The script is exhausted.')
})

test('sequences: texts cycle, lists of calls end', async () => {
  const script = {
    response: { type: 'sequence', responses: ['a', 'b'] },
    tool_calls: { type: 'sequence', calls: [[{ name: 'x' }]] },
  }
  const at = (answers: number) =>
    ask([...Array.from({ length: answers }, () => message('agent', '-')), message('user', 'Hi')], { system: block(script) })
  expect(callsIn(await at(0))).toHaveLength(1)
  expect([textIn(await at(1)), textIn(await at(2)), textIn(await at(3))]).toEqual(['b', 'a', 'b'])
})

test('conditional calls look at the newest user message, once', async () => {
  const rules = [{ contains: 'RAIN', calls: [{ name: 'get_weather', arguments: { location: 'Kyiv' } }] }]
  const script = block({ response: 'done', tool_calls: { type: 'conditional', rules } })
  const asked = [message('user', 'Will it rain?')]
  expect(callsIn(await ask(asked, { system: script }))).toHaveLength(1)
  expect(textIn(await ask(await onwards(asked, { system: script }), { system: script }))).toBe('done')
  expect(textIn(await ask('Nice day', { system: script }))).toBe('done')
})

test('describe tells what reached the model', async () => {
  const events = await ask('/sim {"response":{"type":"describe"}}', {
    system: 'S',
    tools: [{ name: 'add', description: '', parameters: {} }],
    reasoningEffort: 'low',
  })
  expect(JSON.parse(textIn(events))).toMatchObject({
    model: 'model-1',
    system: 'S',
    tools: ['add'],
    roles: ['user'],
    reasoningEffort: 'low',
  })
})

test('thinking, finish reason and response id', async () => {
  const events = await ask(
    'Hi',
    {},
    {
      script: {
        response: { type: 'scripted', turns: [{ thinking: 'Hm hm', text: 'A', finish_reason: 'length' }] },
        response_id: 'r',
      },
    },
  )
  expect([thinkingIn(events), textIn(events)]).toEqual(['Hm hm', 'A'])
  expect(doneOf(events)).toMatchObject({ finishReason: 'length', responseId: 'r', model: 'model-1' })
})
