// Tools that run at the client: the turn waits for their results, and whatever ends the waiting leaves every call with one result.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import { type Product, startProduct } from '../wire/product.ts'
import { type Conversation, type LogEvent, Visitor } from './visitor.ts'

let product: Product
let visitor: Visitor
beforeAll(async () => {
  product = await startProduct({ TOOL_RESULT_TIMEOUT_SECS: '1' })
  visitor = new Visitor(product.url)
})
afterAll(() => product.close())

const clientTool = (name: string): JsonObject => ({
  type: 'client_side',
  name,
  description: 'Asks.',
  parameters: { type: 'object', properties: {} },
})
const patiently = { TOOL_RESULT_TIMEOUT_SECS: '300' }

/** A session whose turn waits for two client-side calls; answers with their ids. */
async function waiting(at: Visitor): Promise<{ chat: Conversation; ids: [string, string] }> {
  const chat = await at.openSession({ tools: [clientTool('ask_one'), clientTool('ask_two')] })
  const tool_calls = ['get_current_time', 'ask_one', 'ask_two'].map((name) => ({ name, arguments: {} }))
  await chat.script([{ tool_calls }, 'They said: {{tool_result}}'])
  const { data } = await chat.event('tool.call_requested')
  expect(await chat.status()).toBe('waiting_for_tool_results')
  const [one, two] = data.tool_calls
  return { chat, ids: [one.id, two.id] }
}

const outcomesIn = (log: LogEvent[]): string[] =>
  log.filter((event) => event.type === 'tool.completed').map((event) => `${event.data.tool_name}: ${event.data.status}`)

test('given results end the waiting; the same once more changes nothing, others are refused', async () => {
  const patient = await startProduct(patiently)
  const { chat, ids } = await waiting(new Visitor(patient.url))
  const tool_results: JsonObject[] = [
    { tool_call_id: ids[0], result: { answer: 42 } },
    { tool_call_id: ids[1], error: 'Nobody is there.' },
  ]
  const give = (results: JsonObject[]) => chat.ask('POST', '/tool-results', { tool_results: results })
  expect((await give(tool_results.slice(0, 1))).status).toBe(400)
  expect(await give(tool_results)).toEqual({ status: 200, body: { accepted: 2, status: 'active' } })
  expect((await give(tool_results)).status).toBe(200)
  await chat.event('session.idled')
  expect((await give(tool_results)).status).toBe(200)
  const refused = await give([{ tool_call_id: ids[0], result: 'another' }])
  expect(refused).toMatchObject({ status: 409, body: { code: 'not_waiting_for_tool_results' } })
  expect(outcomesIn(await chat.log())).toEqual(['get_current_time: success', 'ask_one: success', 'ask_two: error'])
  expect((await chat.said()).at(-1)).toMatch(/They said: .*42.*Nobody is there\./s)
  await patient.close()
})

test('a new message ends the waiting and is answered in a turn of its own', async () => {
  const patient = await startProduct(patiently)
  const { chat } = await waiting(new Visitor(patient.url))
  await chat.say('Reply with exactly: never mind')
  await chat.event('session.idled')
  const log = await chat.log()
  expect(outcomesIn(log).slice(1)).toEqual(['ask_one: cancelled', 'ask_two: cancelled'])
  expect(log.find((event) => event.type === 'turn.cancelled')?.data.reason).toBe('new_message')
  expect((await chat.said()).at(-1)).toBe('agent: never mind')

  const other = await waiting(new Visitor(patient.url))
  expect((await other.chat.ask('POST', '/cancel')).body.status).toBe('cancelled')
  expect(await other.chat.status()).toBe('idle')
  expect(outcomesIn(await other.chat.log()).slice(1)).toEqual(['ask_one: cancelled', 'ask_two: cancelled'])
  await patient.close()
})

test('results that do not come in time are given as timed out, and the turn goes on', async () => {
  const { chat } = await waiting(visitor)
  await chat.event('turn.completed')
  expect(outcomesIn(await chat.log()).slice(1)).toEqual(['ask_one: timeout', 'ask_two: timeout'])
})
