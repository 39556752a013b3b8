// Talking while the agent answers: steering it, stopping it, and a limit to how long it may go on.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Product, startProduct } from '../wire/product.ts'
import { type Conversation, Visitor } from './visitor.ts'

let product: Product
let visitor: Visitor
beforeAll(async () => {
  product = await startProduct()
  visitor = new Visitor(product.url)
})
afterAll(() => product.close())

/** A session in the middle of an answer of so many words, one every few milliseconds. */
async function midAnswer(words: number): Promise<Conversation> {
  const chat = await visitor.openSession()
  await chat.script([{ text: 'word '.repeat(words), token_ms: 5 }, 'And this is to the second message.'])
  await chat.event('output.message.delta', 2)
  return chat
}

const repeated = (type: string, index: number, all: string[]): boolean => type !== all[index - 1]

test('a message during an answer is answered in the same turn', async () => {
  const chat = await midAnswer(100)
  await chat.say('Reply with exactly: steered')
  await chat.event('session.idled')
  const types = await chat.types()
  expect(types.filter((type) => type === 'turn.started' || type === 'turn.completed')).toEqual(['turn.started', 'turn.completed'])
  expect((await chat.said()).slice(-3).map((line) => line.slice(0, 16))).toEqual([
    'user: Reply with',
    'agent: word word',
    'agent: steered',
  ])
})

test('messages that come all at once are all read, in one turn or more, and none is left', async () => {
  const chat = await visitor.openSession()
  await Promise.all(Array.from({ length: 10 }, (_, index) => chat.say(`Reply with exactly: ${index}`)))
  for (let idles = 1; ; idles += 1) {
    await chat.event('session.idled', idles)
    const log = await chat.log()
    const inputs = log.filter((event) => event.type === 'input.message')
    const answers = log.filter((event) => event.type === 'output.message.completed')
    if (inputs.length < 10 || (answers.at(-1)?.data.through ?? 0) < (inputs.at(-1)?.sequence ?? 0)) continue
    expect(answers.at(-1)?.data.message.content[0].text).toBe(
      inputs.at(-1)?.data.message.content[0].text.replace('Reply with exactly: ', ''),
    )
    return
  }
})

test('cancelling stops the answer at once, and nothing of the turn comes after', async () => {
  const chat = await midAnswer(2_000)
  const began = performance.now()
  expect((await chat.ask('POST', '/cancel')).body.status).toBe('cancelled')
  await chat.event('session.idled')
  expect(performance.now() - began).toBeLessThan(2_000)
  expect((await chat.ask('POST', '/cancel')).body.status).toBe('no_op')
  await chat.say('Reply with exactly: go on')
  await chat.event('session.idled', 2)
  const types = (await chat.types()).filter(repeated)
  expect(types.slice(types.indexOf('turn.cancelled'), types.indexOf('turn.cancelled') + 4)).toEqual([
    'turn.cancelled',
    'output.message.completed',
    'session.idled',
    'input.message',
  ])
  expect((await chat.said()).slice(-3)).toEqual([
    'agent: The turn was cancelled.',
    'user: Reply with exactly: go on',
    'agent: go on',
  ])
})

test('a turn that would go on for ever ends at its limit of model calls', async () => {
  const chat = await visitor.openSession({ max_iterations: 3 })
  const again = { tool_calls: [{ name: 'get_current_time', arguments: {} }] }
  await chat.say(`/sim ${JSON.stringify({ turns: [again], on_exhausted: 'Loop' })}`)
  const failed = await chat.event('turn.failed')
  expect(failed.data).toMatchObject({ error_code: 'max_iterations', error_fields: { limit: 3 } })
  await chat.event('session.idled')
  expect((await chat.types()).filter((type) => type === 'reason.started')).toHaveLength(3)
})
