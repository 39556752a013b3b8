import { expect, test } from 'vitest'
import type { JsonObject } from '../contract/json.ts'
import type { OpenTask, Plan, PlanView, TaskOutcome } from '../contract/workflow.ts'
import { begin } from './doors.ts'
import { turn } from './plan.ts'
import type { PlannedCall, TurnState } from './state.ts'

const turnId = '01900000-0000-7000-8000-000000000001'

const started = (over: Partial<TurnState> = {}): TurnState => {
  const message = {
    id: 'message_01900000000070008000000000000001',
    role: 'user' as const,
    content: [],
    created_at: '2026-01-01T00:00:00.000Z',
  }
  const given = { turnId, message, harnessId: turnId, agentId: null, maxIterations: 5, toolResultTimeoutMs: 300_000 }
  return { ...begin(given, { now: 1_000, lastSequence: 1 }).state, ...over }
}
const view = (over: Partial<PlanView> = {}): PlanView => ({ lastInput: 2, lastSequence: 9, now: 3_500, open: [], ...over })

const answer = (state: TurnState, calls: PlannedCall[] = [], over: JsonObject = {}): TaskOutcome => ({
  task: { key: `reason-${state.iteration + 1}`, kind: 'reason' },
  status: 'finished',
  // Calls are JSON here; the type of their arguments does not say so.
  value: {
    ok: true,
    messageId: 'message_a',
    preview: 'It is noon.',
    finishReason: calls.length > 0 ? 'tool_calls' : 'stop',
    calls: calls as unknown as JsonObject[],
    usage: { input_tokens: 7, output_tokens: 3 },
    ...over,
  },
})
const call = (id: string, over: Partial<PlannedCall> = {}): PlannedCall => ({
  id,
  name: 'tool',
  arguments: { a: id },
  class: 'pure',
  ...over,
})
const done = (key: string, status = 'success'): TaskOutcome => ({
  task: { key, kind: 'act' },
  status: 'finished',
  value: { status },
})
const ended = (key: string, status: 'dead' | 'interrupted' | 'conflict' | 'timeout'): TaskOutcome =>
  status === 'dead' ? { task: { key, kind: 'act' }, status, error: 'ENOENT /srv/secret' } : { task: { key, kind: 'act' }, status }

const types = (plan: Plan<TurnState>) => (plan.events ?? []).map((event) => event.type)
const keys = (plan: Plan<TurnState>) => (plan.tasks ?? []).map((task) => task.key)
const dataOf = (plan: Plan<TurnState>, type: string) =>
  (plan.events ?? []).filter((event) => event.type === type).map((event) => JSON.parse(event.data))
const calling = (calls: PlannedCall[], over: Partial<TurnState> = {}): Plan<TurnState> => {
  const state = started(over)
  return turn.plan(state, answer(state, calls), view())
}

test('an answer without calls ends the turn', () => {
  const plan = calling([])
  expect(types(plan)).toEqual(['turn.completed', 'session.idled'])
  expect(plan.end?.status).toBe('completed')
  expect(dataOf(plan, 'turn.completed')[0]).toMatchObject({
    turn_id: 'turn_01900000000070008000000000000001',
    iterations: 1,
    status: 'completed',
    duration_ms: 2_500,
    usage: { input_tokens: 7, output_tokens: 3 },
    final_message_id: 'message_a',
    final_answer_preview: 'It is noon.',
    tool_call_count: 0,
    llm_call_count: 1,
    stop_reason: 'end_turn',
  })
})

test('the preview of a long answer ends before 200 characters rather than inside one', () => {
  const state = started()
  const plan = turn.plan(state, answer(state, [], { preview: `${'a'.repeat(199)}😀` }), view())
  expect(dataOf(plan, 'turn.completed')[0].final_answer_preview).toBe('a'.repeat(199))
})

test('a message that arrived during the model call keeps the turn going', () => {
  const state = started()
  const plan = turn.plan(state, answer(state), view({ lastInput: 6 }))
  expect(keys(plan)).toEqual(['reason-2'])
  expect(plan.state.through).toBe(6)
  expect(plan.end).toBeUndefined()
})

test('a message that the model call was given does not lead to another one', () => {
  const state = started({ through: 6 })
  expect(turn.plan(state, answer(state), view({ lastInput: 6 })).end?.status).toBe('completed')
})

test('calls start together, those of one class one after another', () => {
  const plan = calling([call('a', { concurrencyClass: 'files' }), call('b', { concurrencyClass: 'files' }), call('c')])
  expect(keys(plan)).toEqual(['a', 'c'])
  expect(plan.tasks?.[0]).toMatchObject({
    kind: 'act',
    class: 'pure',
    input: { call: { id: 'a', name: 'tool', arguments: { a: 'a' } } },
  })
  expect(types(plan)).toEqual(['act.started'])

  const second = turn.plan(plan.state, done('a'), view())
  expect(keys(second)).toEqual(['b'])
  expect(types(second)).toEqual([])
})

test('the next model call waits for every result', () => {
  const batch = calling([call('a'), call('b')])
  const half = turn.plan(batch.state, done('b', 'error'), view())
  expect(keys(half)).toEqual([])
  const whole = turn.plan(half.state, done('a'), view({ lastInput: 8 }))
  expect(keys(whole)).toEqual(['reason-2'])
  expect(whole.state.through).toBe(8)
  expect(dataOf(whole, 'act.completed')[0]).toMatchObject({ completed: true, success_count: 1, error_count: 1 })
})

test('a call that a worker did not answer gets its result from the plan', () => {
  for (const [how, status] of [
    ['dead', 'error'],
    ['interrupted', 'interrupted'],
    ['conflict', 'error'],
    ['timeout', 'timeout'],
  ] as const) {
    const batch = calling([call('a', { class: 'at_most_once' })])
    const plan = turn.plan(batch.state, ended('a', how), view())
    expect(types(plan)).toEqual(['tool.completed', 'act.completed'])
    expect(dataOf(plan, 'tool.completed')[0]).toMatchObject({ tool_call_id: 'a', tool_name: 'tool', success: false, status })
    expect(keys(plan)).toEqual(['reason-2'])
  }
})

test('an interrupted call tells the model that its outcome is unknown and that it was not run again', () => {
  const plan = turn.plan(calling([call('a', { class: 'at_most_once' })]).state, ended('a', 'interrupted'), view())
  expect(dataOf(plan, 'tool.completed')[0].error).toMatch(/outcome is unknown.*not run again/)
})

test('what a worker says about its own accident is not shown', () => {
  const plan = turn.plan(calling([call('a')]).state, ended('a', 'dead'), view())
  expect(JSON.stringify(plan.events)).not.toContain('secret')
})

test('client-side calls wait until the server has run its own', () => {
  const batch = calling([call('c', { class: 'client', name: 'ask' }), call('a')])
  expect(keys(batch)).toEqual(['a'])
  const waiting = turn.plan(batch.state, done('a'), view())
  expect(waiting.status).toBe('waiting')
  expect(waiting.tasks).toEqual([expect.objectContaining({ key: 'c', kind: 'client', class: 'client', deadlineMs: 300_000 })])
  expect(dataOf(waiting, 'tool.call_requested')[0].tool_calls).toEqual([{ id: 'c', name: 'ask', arguments: { a: 'c' } }])
})

test('client-side calls that time out get results, and the turn goes on after the last', () => {
  const waiting = calling([call('c', { class: 'client' }), call('d', { class: 'client' })])
  expect(types(waiting)).toEqual(['act.started', 'tool.call_requested'])
  const one = turn.plan(waiting.state, ended('c', 'timeout'), view())
  expect([one.status, types(one)]).toEqual(['waiting', ['tool.completed']])
  const both = turn.plan(one.state, ended('d', 'timeout'), view())
  expect([both.status, types(both), keys(both)]).toEqual(['running', ['tool.completed', 'act.completed'], ['reason-2']])
})

test('at the limit of model calls the turn fails and no call stays without a result', () => {
  const plan = calling([call('a'), call('c', { class: 'client' })], { maxIterations: 1 })
  expect(types(plan)).toEqual(['tool.completed', 'tool.completed', 'output.message.completed', 'turn.failed', 'session.idled'])
  expect(dataOf(plan, 'turn.failed')[0]).toMatchObject({ error_code: 'max_iterations' })
  expect(plan.tasks).toBeUndefined()
  expect(plan.end?.status).toBe('failed')
})

test('a failed model call ends the turn with a message the user can read, the same when planned again', () => {
  const state = started()
  const failed = (): Plan<TurnState> =>
    turn.plan(
      state,
      {
        task: { key: 'reason-1', kind: 'reason' },
        status: 'finished',
        value: { ok: false, error: { code: 'provider_unavailable', message: 'Not reachable.', disclosure: 'standard' } },
      },
      view(),
    )
  const [said] = dataOf(failed(), 'output.message.completed')
  expect(said).toMatchObject({
    error_code: 'provider_unavailable',
    message: { role: 'agent', content: [{ type: 'text', text: 'Not reachable.' }] },
  })
  expect(said.message.id).toMatch(/^message_[0-9a-f]{32}$/)
  expect(failed()).toEqual(failed())
  expect(types(failed())).toEqual(['output.message.completed', 'turn.failed', 'session.idled'])
})

test('a model call that could not be run at all ends the turn with processing_error', () => {
  const plan = turn.plan(started(), { task: { key: 'reason-1', kind: 'reason' }, status: 'dead', error: 'x' }, view())
  expect(dataOf(plan, 'turn.failed')[0].error_code).toBe('processing_error')
  expect(plan.end?.status).toBe('failed')
})

test('a repeated or late report changes nothing', () => {
  const state = started()
  const batch = turn.plan(state, answer(state, [call('a'), call('b')]), view())
  const half = turn.plan(batch.state, done('a'), view())
  for (const late of [answer(state), done('a'), ended('a', 'timeout'), done('unknown')]) {
    expect(turn.plan(half.state, late, view())).toEqual({ state: half.state, status: 'running' })
  }
  const over = turn.plan(state, answer(state), view()).state
  expect(turn.plan(over, answer(state), view())).toEqual({ state: over })
})

test('a call id given twice in one answer is run once', () => {
  expect(keys(calling([call('a'), call('a')]))).toEqual(['a'])
})

test('a value that is no report is refused rather than guessed at', () => {
  const state = started()
  expect(() => turn.plan(state, answer(state, [], { finishReason: 7 }), view())).toThrow()
  expect(() => turn.plan(state, answer(state, [], { calls: [{ id: 'a', name: 'tool' }] }), view())).toThrow()
})

test('a reason to finish that only a newer worker knows ends the turn as any other answer does', () => {
  const state = started()
  const plan = turn.plan(state, answer(state, [], { finishReason: 'of the next release' }), view())
  expect(plan.end).toMatchObject({ status: 'completed', result: { stop_reason: 'end_turn' } })
})

test('a call of an effect class that only a newer worker knows is planned as at-most-once', () => {
  const state = started()
  const newer = { id: 'a', name: 'tool', arguments: {}, class: 'of the next release' }
  const plan = turn.plan(state, answer(state, [], { finishReason: 'tool_calls', calls: [newer] }), view())
  expect(plan.tasks).toMatchObject([{ key: 'a', class: 'at_most_once', input: { call: { class: 'at_most_once' } } }])
})

test('a call whose outcome only a newer worker knows counts as an error, and the turn goes on', () => {
  const plan = turn.plan(calling([call('a')]).state, done('a', 'of the next release'), view())
  expect(dataOf(plan, 'act.completed')).toMatchObject([{ success_count: 0, error_count: 1 }])
  expect(keys(plan)).toEqual(['reason-2'])
})

test('a failure whose level of disclosure only a newer worker knows is still the failure the user reads', () => {
  const state = started()
  const error = { code: 'rate_limited', message: 'Try again later.', disclosure: 'of the next release' }
  const plan = turn.plan(state, answer(state, [], { ok: false, error }), view())
  expect(dataOf(plan, 'turn.failed')).toMatchObject([{ error_code: 'rate_limited', error_disclosure: 'generic' }])
})

test('the state survives being stored', () => {
  const { state } = calling([call('a', { concurrencyClass: 'x' }), call('b', { concurrencyClass: 'x' })])
  const stored: TurnState = JSON.parse(JSON.stringify(state))
  expect(turn.plan(stored, done('a'), view())).toEqual(turn.plan(state, done('a'), view()))
  const open: OpenTask[] = []
  expect(turn.plan(stored, done('a'), view({ open })).tasks).toHaveLength(1)
})
