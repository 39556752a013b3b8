import { expect, test } from 'vitest'
import { draft, type EventData, type EventType } from '../contract/events/index.ts'
import type { Message } from '../contract/message.ts'
import type { ContextEvent } from './session-config.ts'
import { foldTranscript, messagesOf } from './transcript.ts'
import { validTranscript } from './transcript-repair.ts'

const turnId = '01900000-0000-7000-8000-000000000001'
const event = <T extends EventType>(sequence: number, type: T, data: EventData<T>): ContextEvent => ({
  sequence,
  ts: 1_767_225_600_000 + sequence,
  turnId,
  ...draft(type, data),
})
const message = (id: string, role: Message['role'], content: Message['content']): Message => ({
  id,
  role,
  content,
  created_at: '2026-01-01T00:00:00.000Z',
})
const text = (id: string, role: 'user' | 'agent', words: string) => message(id, role, [{ type: 'text', text: words }])
const calls = (id: string, ...ids: string[]) =>
  message(
    id,
    'agent',
    ids.map((callId) => ({ type: 'tool_call' as const, id: callId, name: 'tool', arguments: {} })),
  )
const result = (callId: string, value = callId) =>
  message(`r-${value}`, 'tool_result', [{ type: 'tool_result', tool_call_id: callId, result: value }])
const shape = (messages: Message[]) => messages.map((one) => one.id)

const messagesIn = (events: ContextEvent[]) => foldTranscript([], events).map((entry) => entry.message)

const log = [
  event(2, 'input.message', { message: text('u1', 'user', 'hi') }),
  event(3, 'turn.started', { turn_id: 'turn_x', input_message_id: 'u1' }),
  event(4, 'output.message.completed', {
    message: { ...calls('a1', 'c1'), reasoning: [{ opaque: 1 }], thinking_signature: 'sig' },
  }),
  event(5, 'tool.completed', {
    tool_call_id: 'c1',
    tool_name: 'tool',
    success: true,
    status: 'success',
    result: [{ type: 'text', text: '{"t":1}' }],
  }),
  event(6, 'output.message.completed', { message: text('a2', 'agent', 'Not reachable.'), error_code: 'provider_unavailable' }),
]

test('a transcript folded in pieces is the transcript folded at once', () => {
  expect(foldTranscript(foldTranscript([], log.slice(0, 3)), log.slice(3))).toEqual(foldTranscript([], log))
  const whole = messagesIn(log)
  expect(whole.map((one) => one.role)).toEqual(['user', 'agent', 'tool_result', 'agent'])
  expect(whole[1]).toMatchObject({ reasoning: [{ opaque: 1 }], thinking_signature: 'sig' })
  expect(whole[2]).toMatchObject({ content: [{ type: 'tool_result', tool_call_id: 'c1', result: '{"t":1}' }] })
  expect(whole[2]?.id).toMatch(/^message_[0-9a-f]{32}$/)
})

test('people read the same messages, with their sequence and without opaque reasoning', () => {
  const shown = messagesOf(log)
  expect(shown.map((one) => one.sequence)).toEqual([2, 4, 5, 6])
  expect(shown[1]?.message).not.toHaveProperty('reasoning')
})

test('a failed tool tells why; an image in a result stays an image', () => {
  const image = { type: 'image' as const, url: 'https://example.com/a.png' }
  const [failed, silent, seen] = messagesIn([
    event(1, 'tool.completed', { tool_call_id: 'a', tool_name: 't', success: false, status: 'error', error: 'no such file' }),
    event(2, 'tool.completed', { tool_call_id: 'b', tool_name: 't', success: false, status: 'timeout' }),
    event(3, 'tool.completed', { tool_call_id: 'c', tool_name: 't', success: true, status: 'success', result: [image] }),
  ])
  expect(failed?.content).toEqual([{ type: 'tool_result', tool_call_id: 'a', error: 'no such file' }])
  expect(silent?.content[0]).toMatchObject({ error: expect.stringContaining('timeout') })
  expect(seen?.content[0]).toMatchObject({ result: [image] })
})

test('a message that the model was not given stands after the answer, all at once or in pieces', () => {
  const events = [
    event(2, 'input.message', { message: text('u1', 'user', 'hi') }),
    event(5, 'input.message', { message: text('u2', 'user', 'and also') }),
    event(7, 'output.message.completed', { message: calls('a1', 'c1'), through: 4 }),
    event(8, 'input.message', { message: text('u3', 'user', 'quick') }),
    event(9, 'tool.completed', { tool_call_id: 'c1', tool_name: 't', success: true, status: 'success' }),
    event(11, 'input.message', { message: text('u4', 'user', 'wait') }),
    event(12, 'output.message.completed', { message: text('a2', 'agent', 'there'), through: 10 }),
    event(15, 'output.message.completed', { message: text('a3', 'agent', 'waiting'), through: 14 }),
  ]
  const whole = foldTranscript([], events)
  const read = validTranscript(whole.map((entry) => entry.message)).messages.filter((one) => one.role !== 'tool_result')
  expect(shape(read)).toEqual(['u1', 'a1', 'u2', 'u3', 'a2', 'u4', 'a3'])
  expect(events.reduce((entries, one) => foldTranscript(entries, [one]), foldTranscript([], []))).toEqual(whole)
})

test('an answer that a lost attempt left is replaced by that of the attempt that finished', () => {
  const lost = event(3, 'output.message.completed', { message: text('a1', 'agent', 'lost'), through: 2 })
  const kept = event(6, 'output.message.completed', { message: text('a1', 'agent', 'kept'), through: 2 })
  expect(messagesIn([lost, kept])).toMatchObject([{ id: 'a1', content: [{ text: 'kept' }] }])
})

test('an answer is as old as the event that records it, whatever the clock of its worker said', () => {
  const answer = { ...text('a1', 'agent', 'hello'), created_at: '2031-05-05T05:05:05.000Z' }
  const completed = event(3, 'output.message.completed', { message: answer, through: 2 })
  expect(messagesIn([completed])).toMatchObject([{ created_at: new Date(completed.ts).toISOString() }])
})

test('results stand directly behind their calls, in the order of the calls', () => {
  const { messages, repairs } = validTranscript([
    text('u', 'user', 'go'),
    calls('a', 'x', 'y'),
    result('y'),
    text('s', 'user', 'also'),
    result('x'),
  ])
  expect(shape(messages)).toEqual(['u', 'a', 'r-x', 'r-y', 's'])
  expect(repairs).toEqual([])
})

test('a call without a result gets one, and is named', () => {
  const { messages, repairs } = validTranscript([calls('a', 'x', 'y'), result('x'), text('u', 'user', 'go on')])
  expect(repairs).toEqual([{ tool_call_id: 'y', tool_name: 'tool' }])
  expect(messages[2]?.content).toEqual([{ type: 'tool_result', tool_call_id: 'y', error: expect.stringContaining('No result') }])
  expect(messages[3]?.id).toBe('u')
})

test('results without a call, results of lost attempts and empty answers are left out', () => {
  const { messages } = validTranscript([
    result('ghost'),
    calls('a', 'x'),
    result('x', 'one'),
    result('x', 'two'),
    text('e', 'agent', ' '),
  ])
  expect(shape(messages)).toEqual(['a', 'r-two'])
})

test('a call id that comes back in a later turn keeps its own result', () => {
  const { messages, repairs } = validTranscript([calls('a', 'x'), calls('b', 'x'), result('x', 'second')])
  expect(shape(messages).slice(2)).toEqual(['b', 'r-second'])
  expect(repairs).toHaveLength(1)
})

test('a valid transcript is left as it is', () => {
  const valid = [text('u', 'user', 'go'), calls('a', 'x'), result('x'), text('b', 'agent', 'done')]
  expect(validTranscript(valid)).toEqual({ messages: valid, repairs: [] })
})
