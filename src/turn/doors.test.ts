import { expect, test } from 'vitest'
import type { Message } from '../contract/message.ts'
import type { OpenTask, Plan, PlanView } from '../contract/workflow.ts'
import { begin, cancel, interruptWait, pause, resume, settleResults, steer } from './doors.ts'
import type { TurnState } from './state.ts'

const turnId = '01900000-0000-7000-8000-000000000001'
const message: Message = {
  id: 'message_01900000000070008000000000000001',
  role: 'user',
  content: [{ type: 'text', text: 'What time is it?' }],
  controls: { locale: 'de', error_disclosure: 'generic' },
  created_at: '2026-01-01T00:00:00.000Z',
}
const given = { turnId, message, harnessId: turnId, agentId: null, maxIterations: 5, toolResultTimeoutMs: 300_000 }
const first = begin(given, { now: 1_000, lastSequence: 4 })
const view = (over: Partial<PlanView> = {}): PlanView => ({ lastInput: 5, lastSequence: 9, now: 3_500, open: [], ...over })

const waiting: TurnState = {
  ...first.state,
  iteration: 1,
  phase: {
    do: 'wait',
    startedAt: 2_000,
    calls: [
      { id: 's', name: 'read_file', class: 'pure', progress: 'success' },
      { id: 'c', name: 'ask', class: 'client', progress: 'open' },
      { id: 'd', name: 'ask', class: 'client', progress: 'open' },
    ],
  },
}
const types = (plan: Plan<TurnState>) => (plan.events ?? []).map((event) => event.type)
const dataOf = (plan: Plan<TurnState>, type: string) =>
  (plan.events ?? []).filter((event) => event.type === type).map((event) => JSON.parse(event.data))

test('a turn begins with its message and one model call that sees it', () => {
  expect(types(first)).toEqual(['input.message', 'session.activated', 'turn.started'])
  expect(first.tasks).toEqual([{ key: 'reason-1', kind: 'reason', class: 'pure', input: {} }])
  expect(first.state).toMatchObject({ through: 5, startedAt: 1_000, controls: message.controls, phase: { do: 'reason' } })
  expect(dataOf(first, 'turn.started')[0]).toEqual({
    turn_id: 'turn_01900000000070008000000000000001',
    input_message_id: message.id,
    input_content: 'What time is it?',
  })
})

test('steering adds the message alone; controls it names hold from then on', () => {
  const plan = steer(first.state, { ...message, controls: { locale: 'fr', model_id: null } })
  expect(types(plan)).toEqual(['input.message'])
  expect(plan.state.controls).toEqual({ locale: 'fr', error_disclosure: 'generic' })
  expect(plan.state.through).toBe(5)
  expect(steer(pause(first, 'budget').state, message).status).toBe('paused')
  const { controls: _, ...plain } = message
  expect(steer(first.state, plain).state).toBe(first.state)
})

test('a message to a waiting turn closes the open calls and ends that turn', () => {
  const open: OpenTask[] = ['c', 'd'].map((key) => ({ key, kind: 'client', class: 'client', begun: false }))
  const plan = interruptWait(waiting, view({ open }))
  expect(types(plan)).toEqual(['tool.completed', 'tool.completed', 'turn.cancelled'])
  expect(dataOf(plan, 'tool.completed').map((data) => [data.tool_call_id, data.status])).toEqual([
    ['c', 'cancelled'],
    ['d', 'cancelled'],
  ])
  expect(dataOf(plan, 'turn.cancelled')[0].reason).toBe('new_message')
  expect(plan.settle).toEqual([
    { key: 'c', status: 'cancelled' },
    { key: 'd', status: 'cancelled' },
  ])
  expect(plan.end?.status).toBe('cancelled')
})

test('cancel gives every call of the batch a result and says which outcomes are unknown', () => {
  const calls = [
    { id: 'paid', name: 'pay', class: 'at_most_once', progress: 'open' },
    { id: 'fresh', name: 'pay', class: 'at_most_once', progress: 'open' },
    { id: 'late', name: 'pay', class: 'at_most_once', progress: 'queued' },
    { id: 'over', name: 'pay', class: 'at_most_once', progress: 'success' },
  ] as const
  const state: TurnState = { ...first.state, phase: { do: 'act', startedAt: 0, calls: [...calls], queued: [] } }
  const open: OpenTask[] = ['paid', 'fresh'].map((key) => ({ key, kind: 'act', class: 'at_most_once', begun: key === 'paid' }))
  const plan = cancel(state, view({ open }), 'user')
  expect(types(plan)).toEqual([...Array(3).fill('tool.completed'), 'turn.cancelled', 'output.message.completed', 'session.idled'])
  const unknown = dataOf(plan, 'tool.completed').filter((data) => data.error.includes('unknown'))
  expect(unknown.map((data) => data.tool_call_id)).toEqual(['paid'])
  expect(plan.settle?.map((task) => task.key)).toEqual(['paid', 'fresh'])
  expect(plan.state.phase).toEqual({ do: 'done' })
})

test('cancel during a model call ends the turn at once', () => {
  const open: OpenTask[] = [{ key: 'reason-1', kind: 'reason', class: 'pure', begun: false }]
  const plan = cancel(first.state, view({ open }), 'user')
  expect(types(plan)).toEqual(['turn.cancelled', 'output.message.completed', 'session.idled'])
  expect(plan.settle).toEqual([{ key: 'reason-1', status: 'cancelled' }])
})

test('the results of the client settle the calls and the turn goes on', () => {
  const results = [
    { tool_call_id: 'd', error: 'declined' },
    { tool_call_id: 'c', result: { colour: 'blue' } },
  ]
  const plan = settleResults(waiting, view(), results)
  expect(types(plan)).toEqual(['tool.completed', 'tool.completed', 'act.completed'])
  expect(dataOf(plan, 'tool.completed')).toEqual([
    {
      tool_call_id: 'c',
      tool_name: 'ask',
      success: true,
      status: 'success',
      result: [{ type: 'text', text: '{"colour":"blue"}' }],
    },
    { tool_call_id: 'd', tool_name: 'ask', success: false, status: 'error', error: 'declined' },
  ])
  expect(dataOf(plan, 'act.completed')[0]).toMatchObject({ success_count: 2, error_count: 1 })
  expect([plan.status, plan.tasks?.[0]?.key, plan.settle?.length]).toEqual(['running', 'reason-2', 2])
})

test('parts in a submitted result stay parts', () => {
  const image = [{ type: 'image', url: 'https://example.com/a.png' }]
  const plan = settleResults(waiting, view(), [
    { tool_call_id: 'c', result: image },
    { tool_call_id: 'd', result: 'plain' },
  ])
  expect(dataOf(plan, 'tool.completed').map((data) => data.result)).toEqual([image, [{ type: 'text', text: 'plain' }]])
})

test('results must be exactly those asked for', () => {
  const sets = [['c'], ['c', 'd', 'e'], ['c', 'c'], ['c', 'd', 'd'], ['c', 's'], []]
  for (const ids of sets) {
    const results = ids.map((tool_call_id) => ({ tool_call_id, result: 1 }))
    expect(() => settleResults(waiting, view(), results)).toThrow(expect.objectContaining({ kind: 'bad_request' }))
  }
  expect(() => settleResults(first.state, view(), [])).toThrow(expect.objectContaining({ code: 'not_waiting_for_tool_results' }))
})

test('a paused turn starts no model call until it is resumed, and then sees what was said meanwhile', () => {
  const paused = pause(first, 'budget')
  expect([paused.status, paused.tasks, types(paused)]).toEqual(['paused', [], types(first)])
  const resumed = resume(paused.state, view({ lastInput: 8 }))
  expect([resumed.status, resumed.tasks?.[0]?.key, resumed.state.through]).toEqual(['running', 'reason-1', 8])
  expect(() => resume(first.state, view())).toThrow(expect.objectContaining({ kind: 'conflict' }))
  const ending = cancel(paused.state, view(), 'user')
  expect(pause(ending, 'budget')).toBe(ending)
})
