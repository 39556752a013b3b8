// Messages as they are posted and as they are read.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type OperationHouse, operationHouse } from '../../../test/support/operations.ts'
import { defaultOrgId, fromWire, newId, toWire } from '../../contract/ids.ts'
import { createSession } from '../sessions/create.ts'
import { newMessage, newMessageOf } from './input.ts'
import { listMessages } from './list.ts'

let house: OperationHouse
beforeAll(async () => {
  house = await operationHouse()
})
afterAll(() => house.close())

const schema = z.object(newMessage)
const message = { content: [{ type: 'text', text: 'hi' }] }

test('messages are listed oldest first, with session and sequence, under both keys', async () => {
  const { id } = await house.ask(createSession)
  const sessionId = fromWire('session', id) ?? ''
  await house.turns.accept(defaultOrgId, sessionId, { content: [{ type: 'text', text: 'one' }] })
  await house.turns.accept(defaultOrgId, sessionId, { content: [{ type: 'text', text: 'two' }] })
  const listed = await house.ask(listMessages, { session_id: id })
  expect(listed.data).toMatchObject([
    { role: 'user', session_id: id, sequence: 2, content: [{ text: 'one' }] },
    { role: 'user', session_id: id, content: [{ text: 'two' }] },
  ])
  expect(listed).toMatchObject({ messages: listed.data })
})

test('an unknown session has no list', async () => {
  await expect(house.ask(listMessages, { session_id: toWire('session', newId()) })).rejects.toMatchObject({ kind: 'not_found' })
})

test('the TypeScript SDK’s spelling is taken', () => {
  const model = toWire('model', newId())
  const given = schema.parse({
    message: { role: 'user', ...message },
    controls: { modelId: model, errorDisclosure: 'detailed' },
    externalActor: { actor_id: 'u1', source: 'slack' },
    addressedParticipantId: 'participant_1',
  })
  expect(newMessageOf(given, undefined)).toEqual({
    content: message.content,
    controls: { model_id: model, error_disclosure: 'detailed' },
    external_actor: { actor_id: 'u1', source: 'slack' },
  })
})

test('the header’s key wins over client_message_id', () => {
  const given = schema.parse({ message, client_message_id: 'b' })
  expect(newMessageOf(given, 'a').key).toBe('a')
  expect(newMessageOf(given, undefined).key).toBe('b')
})

test.each([
  ['another role', { message: { ...message, role: 'agent' } }],
  ['a model that is no id', { message, controls: { model_id: 'gpt-5' } }],
  ['no parts', { message: { content: [] } }],
  ['a part that only models write', { message: { content: [{ type: 'tool_call', id: '1', name: 'x', arguments: {} }] } }],
  ['an image without a picture', { message: { content: [{ type: 'image' }] } }],
  ['more than 1 MB', { message: { content: [{ type: 'text', text: 'x'.repeat(1024 * 1024) }] } }],
  ['no message', {}],
])('%s is refused', (_, body) => {
  expect(schema.safeParse(body).success).toBe(false)
})
