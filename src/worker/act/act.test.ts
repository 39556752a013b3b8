import { expect, test } from 'vitest'
import { assignmentOf } from '../../../test/support/control-plane.ts'
import { configOf, effectRuns, read, typesOf, working } from '../../../test/support/worker-steps.ts'
import type { Assignment } from '../../contract/control-plane.ts'
import { newId } from '../../contract/ids.ts'
import type { Json } from '../../contract/json.ts'
import type { StepContext } from '../../turn/session-config.ts'

function actTask(name: string, args: unknown, given: Partial<Assignment> = {}): Assignment {
  const config = configOf()
  const turnId = newId()
  const step: StepContext = { turnId, iteration: 1, controls: {}, configHash: config.hash, config }
  const call = { id: 'call_1', name, arguments: args, class: given.class ?? 'pure' }
  return assignmentOf({
    step: 'act',
    key: 'call_1',
    workflowId: turnId,
    context: JSON.stringify(step),
    // A PlannedCall made from JSON.
    input: { call } as unknown as Json,
    ...given,
  })
}

async function acted(assignment: Assignment) {
  const { stream } = await working()
  stream.assign(assignment)
  const finish = await stream.next('finish')
  const events = read(finish.events)
  return { finish, events, completed: events.at(-1) }
}

test('a tool’s result commits with its events', async () => {
  const { finish, events, completed } = await acted(actTask('add', { a: 2, b: 3 }))
  expect(events.map(({ type }) => type)).toEqual(['tool.started', 'tool.completed'])
  expect(events[0]).toMatchObject({ tool_call: { id: 'call_1', name: 'add', arguments: { a: 2, b: 3 } } })
  expect(completed).toMatchObject({ success: true, status: 'success', tool_call_id: 'call_1', capability_id: 'test_math' })
  expect(completed.result[0].text).toContain('5')
  expect(finish.value).toEqual({ status: 'success' })
})

test.each([
  ['nowhere', {}, 'There is no tool named nowhere.'],
  ['add', '{"a":', 'not valid JSON'],
  ['add', { a: 'x' }, 'do not fit: a:'],
  ['picky', {}, 'not like this'],
  ['buggy', {}, 'internal error'],
])('%s(%j) ends in an error the model can read', async (name, args, error) => {
  const { finish, completed } = await acted(actTask(name, args))
  expect(completed).toMatchObject({ success: false, status: 'error' })
  expect(completed.error).toContain(error)
  expect(completed.error).not.toContain('password')
  expect(finish.value).toEqual({ status: 'error' })
})

test('a call of a tool that only another release has goes back to the queue, until nobody can be expected to have it', async () => {
  const call = { id: 'call_1', name: 'of_the_next_release', arguments: {}, class: 'pure', known: true }
  const assignment = actTask(call.name, {}, { input: { call } })
  const { stream } = await working()
  stream.assign(assignment)
  const released = await stream.next('release')
  expect(released.tasks).toEqual([assignment.task])
  expect(released.afterMs).toBeGreaterThan(0)
  const often = { id: newId(), attempt: 20 }
  const { finish, completed } = await acted(actTask(call.name, {}, { input: { call }, task: often }))
  expect(completed.error).toBe('There is no tool named of_the_next_release.')
  expect(finish.value).toEqual({ status: 'error' })
})

test('a tool that does not end has its time limit', async () => {
  const { completed, finish } = await acted(actTask('slow', {}))
  expect(completed).toMatchObject({ status: 'timeout', success: false })
  expect(finish.value).toEqual({ status: 'timeout' })
})

test('what a tool says while it runs stands between its start and its end', async () => {
  const { events } = await acted(actTask('chatty', {}))
  expect(events.map(({ type }) => type)).toEqual(['tool.started', 'tool.progress', 'tool.output.delta', 'tool.completed'])
  expect(events[2]).toMatchObject({ delta: 'ab', stream: 'stdout' })
})

test('an effect that cannot be repeated starts only when its begin is stored', async () => {
  effectRuns.length = 0
  const { stream } = await working()
  const assignment = actTask('once', { n: 1 }, { class: 'at_most_once' })
  stream.assign(assignment)
  const begin = await stream.next('begin')
  expect(typesOf(begin.events)).toEqual(['tool.started'])
  expect(effectRuns).toEqual([])
  stream.say({ kind: 'begun', task: assignment.task })
  const finish = await stream.next('finish')
  expect(effectRuns).toEqual([`${assignment.workflowId}:call_1`])
  expect(typesOf(finish.events)).toEqual(['tool.completed'])
})

test('a tool that became dangerous after it was planned is not run', async () => {
  effectRuns.length = 0
  const { completed } = await acted(actTask('once', { n: 1 }))
  expect(completed).toMatchObject({ status: 'error' })
  expect(effectRuns).toEqual([])
})

test('a transactional tool reads through the control plane and writes into its finish', async () => {
  const { stream, controlPlane } = await working()
  controlPlane.answer = () => null
  stream.assign(actTask('write_file', { path: '/workspace/a.txt', content: 'hi' }, { class: 'transactional' }))
  const finish = await stream.next('finish')
  expect(finish.effects).toEqual([{ store: 'files', key: '/a.txt', base: null, write: { content: 'hi', encoding: 'text' } }])
  expect(typesOf(finish.events)).toEqual(['tool.started', 'file.written', 'tool.completed'])
  expect(read(finish.events)[1]).toMatchObject({ path: '/workspace/a.txt', created: true, size_bytes: 2 })
})

test('a failed tool has written nothing', async () => {
  const { stream, controlPlane } = await working()
  controlPlane.answer = () => null
  stream.assign(actTask('edit_file', { path: 'missing.txt', edits: [], expected_hash: 'x' }, { class: 'transactional' }))
  const finish = await stream.next('finish')
  expect(finish.value).toEqual({ status: 'error' })
  expect(finish.effects).toEqual([])
})
