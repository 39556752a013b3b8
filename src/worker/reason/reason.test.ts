import { pino } from 'pino'
import { expect, test } from 'vitest'
import {
  configOf,
  done,
  hello,
  layer,
  model,
  read,
  reasonTask,
  said,
  scripted,
  typesOf,
  usage,
  working,
} from '../../../test/support/worker-steps.ts'
import { newId, toWire } from '../../contract/ids.ts'
import type { Json } from '../../contract/json.ts'
import type { ModelEvent } from '../../contract/model.ts'
import { Problem } from '../../contract/problem.ts'
import type { StepContext } from '../../turn/session-config.ts'

test('an answer: what readers see, what the turn is planned from, what is stored once', async () => {
  const { driver, requests } = scripted(() => [
    { type: 'thinking', delta: 'hm' },
    { type: 'text', delta: 'Hel' },
    { type: 'text', delta: 'lo' },
    done(),
  ])
  const { stream } = await working(driver)
  const config = configOf()
  const assignment = hello(config)
  stream.assign(assignment)
  const finish = await stream.next('finish')
  expect(typesOf(finish.events)).toEqual([
    'reason.started',
    'reason.thinking.started',
    'reason.thinking.delta',
    'reason.thinking.completed',
    'output.message.started',
    'output.message.delta',
    'output.message.completed',
    'llm.generation',
    'reason.completed',
  ])
  const [started, , , , , delta, completed, generation] = read(finish.events)
  expect(started).toMatchObject({ harness_id: toWire('harness', config.harnessId), model: 'scripted-1' })
  expect(delta).toMatchObject({ delta: 'Hello', offset: 0, turn_id: toWire('turn', assignment.workflowId) })
  expect(completed).toMatchObject({ through: 2, usage, message: { role: 'agent', thinking: 'hm', phase: 'FinalAnswer' } })
  expect(completed.message.id).toBe(delta.message_id)
  expect(generation).toMatchObject({ through: 2, metadata: { success: true, response_id: 'resp_1' } })
  expect(generation).not.toHaveProperty('output')
  expect(finish.value).toMatchObject({ ok: true, preview: 'Hello', finishReason: 'stop', calls: [], messageId: delta.message_id })
  expect(finish.effects.map(({ store, key, write }) => [store, key, write?.body])).toEqual([
    ['contents', generation.prompt_hash, requests[0]?.request.system],
    [
      'contents',
      generation.tools_hash,
      expect.arrayContaining([expect.objectContaining({ name: 'add', capability_id: 'test_math' })]),
    ],
  ])
  expect(requests[0]?.request.messages.map(({ role }) => role)).toEqual(['user'])
})

test('the same task makes the same message id at every attempt', async () => {
  const { stream } = await working(scripted(() => [{ type: 'text', delta: 'x' }, done()]).driver)
  const assignment = hello(configOf())
  const ids: unknown[] = []
  for (const attempt of [1, 2]) {
    stream.assign({ ...assignment, task: { ...assignment.task, attempt } })
    const finish = await stream.next('finish')
    ids.push((finish.value as { messageId: string }).messageId)
    stream.say({ kind: 'stop', task: finish.task, why: 'lost' })
  }
  expect(ids[0]).toBe(ids[1])
})

test('prompts and tools are sent until one step that carried them is stored', async () => {
  const { stream } = await working(scripted(() => [{ type: 'text', delta: 'x' }, done()]).driver)
  const config = configOf()
  const orgId = newId()
  const run = async () => {
    stream.assign(hello(config, { orgId }))
    return stream.next('finish')
  }
  const lost = await run()
  stream.say({ kind: 'stop', task: lost.task, why: 'lost' })
  const kept = await run()
  expect(kept.effects).toHaveLength(2)
  stream.stored(kept.task)
  expect((await run()).effects).toEqual([])
})

test('a worker that had the step before is sent only what is new; when it does not fit, it asks for all', async () => {
  const { driver, requests } = scripted(() => [{ type: 'text', delta: 'x' }, done()])
  const { stream, controlPlane } = await working(driver)
  const config = configOf()
  const run = async (context: Partial<StepContext>) => {
    stream.assign(reasonTask(config, context))
    await stream.next('finish')
    return requests.at(-1)?.request.messages.map(({ content }) => (content[0]?.type === 'text' ? content[0].text : ''))
  }
  const first = { base: 0, through: 2, events: [said(2, 'one')] }
  expect(await run({ transcript: first })).toEqual(['one'])
  expect(await run({ config: undefined, transcript: { base: 2, through: 5, events: [said(5, 'two')] } })).toEqual(['one', 'two'])
  expect(controlPlane.calls).toEqual([])
  controlPlane.answer = () => {
    const whole = { base: 0, through: 9, events: [said(2, 'one'), said(5, 'two'), said(9, 'three')] }
    // A StepContext is JSON.
    return { turnId: newId(), iteration: 1, controls: {}, configHash: config.hash, config, transcript: whole } as unknown as Json
  }
  expect(await run({ transcript: { base: 8, through: 9, events: [said(9, 'three')] } })).toEqual(['one', 'two', 'three'])
  expect(controlPlane.calls.map(({ operation, input }) => [operation, input])).toEqual([['turn_context', { from: 0 }]])
})

test('tool calls become planned calls: unique ids, effect classes, narration', async () => {
  const calls = [
    { id: 'c1', name: 'add', arguments: { a: 1, b: 2 } },
    { id: 'c1', name: 'read_file', arguments: { path: '/a.txt' } },
    { id: 'reason-2', name: 'once', arguments: { n: 1 } },
    { id: 'c4', name: 'once', arguments: { n: 'many' } },
    { id: 'c5', name: 'add', arguments: '{"a":' },
    { id: 'c6', name: 'nowhere', arguments: {} },
    { id: 'c7', name: 'ask_user', arguments: {} },
  ]
  const { stream } = await working(scripted(() => [{ type: 'tool_calls', calls }, done('tool_calls')]).driver)
  stream.assign(hello(configOf()))
  const finish = await stream.next('finish')
  const planned = (finish.value as unknown as { calls: { id: string; class: string; narration?: string }[] }).calls
  expect(planned.map((call) => call.class)).toEqual(['pure', 'transactional', 'at_most_once', 'pure', 'pure', 'pure', 'client'])
  expect(new Set(planned.map(({ id }) => id)).size).toBe(7)
  expect(planned.map(({ id }) => id)).not.toContain('reason-2')
  expect(planned[1]?.narration).toContain('a.txt')
  const completed = read(finish.events).find(({ type }) => type === 'output.message.completed')
  expect(completed.message.content.map(({ id }: { id: string }) => id)).toEqual(planned.map(({ id }) => id))
  expect(completed.message.phase).toBe('Commentary')
})

test('parallel_tool_calls=false puts all calls into one class', async () => {
  const calls = [
    { id: 'a', name: 'add', arguments: { a: 1, b: 2 } },
    { id: 'b', name: 'write_file', arguments: { path: 'x', content: 'y' } },
  ]
  const { stream } = await working(scripted(() => [{ type: 'tool_calls', calls }, done('tool_calls')]).driver)
  stream.assign(hello(configOf({ layers: [layer({ parallelToolCalls: false })] })))
  const { value } = await stream.next('finish')
  const classes = (value as unknown as { calls: { concurrencyClass: string }[] }).calls.map((call) => call.concurrencyClass)
  expect(new Set(classes).size).toBe(1)
  expect(classes[0]).toBeTruthy()
})

test('what a provider said of a failed call is in the log with the ids of the step, except about a key', async () => {
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(JSON.parse(line)) })
  const failures: ModelEvent[][] = [
    [{ type: 'error', error: { kind: 'invalid_request', status: 400, message: 'temperature must be below 2' } }],
    [{ type: 'error', error: { kind: 'authentication', status: 401, message: 'key sk-123 is wrong' } }],
  ]
  const { stream } = await working(scripted(() => failures.shift() ?? []).driver, log)
  const assignments = [hello(configOf()), hello(configOf())]
  for (const assignment of assignments) {
    stream.assign(assignment)
    await stream.next('finish')
  }
  const ids = assignments.map(({ sessionId, task }) => ({ session_id: sessionId, task_id: task.id, attempt: 1 }))
  expect(lines).toMatchObject([
    { kind: 'invalid_request', status: 400, provider_says: 'temperature must be below 2', ...ids[0] },
    { kind: 'authentication', status: 401, ...ids[1] },
  ])
  expect(JSON.stringify(lines)).not.toContain('sk-123')
})

test('a failed call is told as the turn’s error, and recorded', async () => {
  const failure = { kind: 'authentication' as const, message: 'key sk-123 is wrong' }
  const { stream } = await working(scripted(() => [{ type: 'error', error: failure }]).driver)
  stream.assign(hello(configOf()))
  const finish = await stream.next('finish')
  expect(typesOf(finish.events)).toEqual(['reason.started', 'llm.generation', 'reason.completed'])
  expect(finish.value).toMatchObject({ ok: false, error: { code: 'provider_misconfigured' } })
  expect(JSON.stringify(finish)).not.toContain('sk-123')
})

test('a call that breaks off after its first piece is made again, and at the last attempt told', async () => {
  const broken: ModelEvent[] = [
    { type: 'text', delta: 'par' },
    { type: 'error', error: { kind: 'unavailable', message: 'reset' } },
  ]
  const { stream } = await working(scripted(() => broken).driver)
  const assignment = hello(configOf())
  stream.assign(assignment)
  expect(await stream.next('fail')).toMatchObject({ retryable: true })
  stream.say({ kind: 'stop', task: assignment.task, why: 'lost' })
  stream.assign({ ...assignment, task: { ...assignment.task, attempt: 3 } })
  expect((await stream.next('finish')).value).toMatchObject({ ok: false, error: { code: 'provider_unavailable' } })
})

test('without a model the turn is told why, and nobody is called', async () => {
  const { driver, requests } = scripted(() => [done()])
  const { stream } = await working(driver)
  stream.assign(hello(configOf({ model: { unavailable: 'model_not_configured' } })))
  const finish = await stream.next('finish')
  expect(finish.value).toMatchObject({ ok: false, error: { code: 'model_not_configured' } })
  expect(typesOf(finish.events)).toEqual(['reason.started', 'reason.completed'])
  expect(requests).toEqual([])
})

test('credentials are asked for when there are some; a provider that cannot be used ends the turn with its reason', async () => {
  const { driver, requests } = scripted(() => [{ type: 'text', delta: 'x' }, done()])
  const { stream, controlPlane } = await working(driver)
  const config = configOf({ model: { ...model, keyVersion: '1' } })
  controlPlane.answer = () => ({ api_key: 'sk-1', settings: {} })
  stream.assign(hello(config))
  await stream.next('finish')
  expect(requests[0]?.connection.apiKey).toBe('sk-1')
  controlPlane.answer = () => {
    throw new Problem('conflict', 'disabled', { code: 'provider_disabled' })
  }
  stream.assign(hello(config))
  expect((await stream.next('finish')).value).toMatchObject({ ok: false, error: { code: 'model_unavailable' } })
})

test('a stop aborts the model call', async () => {
  let aborted: () => void = () => {}
  const seen = new Promise<void>((resolve) => (aborted = resolve))
  const { driver } = scripted(async function* (_request, signal) {
    yield { type: 'text', delta: 'a' }
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    aborted()
  })
  const { stream } = await working(driver)
  const assignment = hello(configOf())
  stream.assign(assignment)
  await stream.next('emit')
  stream.say({ kind: 'stop', task: assignment.task, why: 'cancelled' })
  await seen
})
