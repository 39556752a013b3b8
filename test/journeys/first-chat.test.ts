// The first minutes: a chat without any preparation, an agent of one's own, and a reader who comes back.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sequencesOf } from '../support/sse.ts'
import { type Product, startProduct } from '../wire/product.ts'
import { Visitor } from './visitor.ts'

let product: Product
let visitor: Visitor
beforeAll(async () => {
  product = await startProduct()
  visitor = new Visitor(product.url)
})
afterAll(() => product.close())

test('a question is answered with a tool, and everything that happened is there in order', async () => {
  const chat = await visitor.openSession()
  expect(await chat.status()).toBe('started')
  await chat.say('What time is it?')
  await chat.event('session.idled')
  const [question, answer] = await chat.said()
  expect([question, answer]).toEqual(['user: What time is it?', expect.stringMatching(/^agent: It is \d{4}-\d\d-\d\dT/)])
  expect(await chat.types()).toEqual([
    ...['session.started', 'input.message', 'session.activated', 'turn.started'],
    ...['reason.started', 'output.message.started', 'output.message.completed', 'llm.generation', 'reason.completed'],
    ...['act.started', 'tool.started', 'tool.completed', 'act.completed'],
    ...['reason.started', 'output.message.started', 'output.message.delta', 'output.message.completed'],
    ...['llm.generation', 'reason.completed', 'turn.completed', 'session.idled'],
  ])
  const log = await chat.log()
  expect(log.map((event) => event.sequence)).toEqual(log.map((_, index) => index + 1))
  expect(await chat.status()).toBe('idle')
})

test('an agent answers as its prompt says, and a change of it reaches the next turn', async () => {
  const agent = await visitor.must('POST', '/agents', {
    name: 'parrot',
    system_prompt: 'Speak.\n```llmsim\n{"response":{"type":"echo"}}\n```',
  })
  const chat = await visitor.openSession({ agent_id: agent.id })
  await chat.say('Hello')
  await chat.event('session.idled')
  await visitor.must('PATCH', '/agents/parrot', { system_prompt: 'Speak.\n```llmsim\n"Changed."\n```' })
  await chat.say('Hello again')
  await chat.event('session.idled', 2)
  expect(await chat.said()).toEqual(['user: Hello', 'agent: Echo: Hello', 'user: Hello again', 'agent: Changed.'])
})

test('a reader that comes back after any event gets exactly the rest', async () => {
  const chat = await visitor.openSession()
  await chat.say('Write "Hi" to a.txt and then list the files')
  await chat.event('session.idled')
  const log = await chat.log()
  for (const [index, event] of log.slice(0, -1).entries()) {
    const reader = await chat.read(event.id)
    await reader.frame((frame) => frame.event === 'session.idled')
    reader.close()
    expect(sequencesOf(reader.frames)).toEqual(log.slice(index + 1).map(({ sequence }) => sequence))
  }
})

test('a message that is sent twice under one key is answered once', async () => {
  const chat = await visitor.openSession()
  const message = { message: { content: [{ type: 'text', text: 'Hello' }] } }
  const send = () => visitor.ask('POST', `/sessions/${chat.id}/messages`, message, { 'idempotency-key': 'one' })
  const answers = await Promise.all([send(), send(), send()])
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  await chat.event('session.idled')
  expect((await send()).body.id).toBe(answers[0]?.body.id)
  expect((await chat.types()).filter((type) => type === 'input.message')).toHaveLength(1)
})

test('a failing provider ends the turn with a sentence for the user and a code for the program', async () => {
  const chat = await visitor.openSession()
  await chat.script([{ text: 'Half of it', error: 'RateLimit', message: 'vendor text', retry_after_ms: 50 }])
  const failed = await chat.event('turn.failed')
  expect(failed.data).toMatchObject({ error_code: 'provider_rate_limited', error_disclosure: 'standard' })
  expect(failed.data.error).not.toContain('vendor text')
  await chat.event('session.idled')
  expect((await chat.said()).at(-1)).toBe(`agent: ${failed.data.error}`)
  await chat.say('Reply with exactly: still here')
  await chat.event('session.idled', 2)
  expect((await chat.said()).at(-1)).toBe('agent: still here')
})
