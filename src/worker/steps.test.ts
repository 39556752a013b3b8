import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { assignmentOf, ScriptedControlPlane, type WorkerStream } from '../../test/support/control-plane.ts'
import { builtInCapabilities, capabilityRegistry } from '../capabilities/index.ts'
import { type Capability, type ToolContext, ToolError, tool } from '../contract/capability.ts'
import type { Assignment } from '../contract/control-plane.ts'
import type { EventDraft } from '../contract/events/index.ts'
import { newId, toWire } from '../contract/ids.ts'
import type { Json } from '../contract/json.ts'
import type { Driver, ModelConnection, ModelEvent, ModelRequest } from '../contract/model.ts'
import { Problem } from '../contract/problem.ts'
import type { Layer, ResolvedModel, SessionConfig, StepContext } from '../turn/session-config.ts'
import { agentSteps, startWorkerLoop, type WorkerLoop } from './index.ts'

const log = pino({ level: 'silent' })
let loops: { loop: WorkerLoop; stream: WorkerStream }[] = []
afterEach(async () => {
  for (const { loop, stream } of loops) {
    for (const task of loop.running()) stream.say({ kind: 'stop', task, why: 'lost' })
    await loop.stop({ graceMs: 0 })
  }
  loops = []
})

const usage = { input_tokens: 3, output_tokens: 2 }
const done = (finishReason: 'stop' | 'tool_calls' = 'stop'): ModelEvent => ({
  type: 'done',
  finishReason,
  usage,
  responseId: 'resp_1',
})

/** A provider that answers what the test says; the outside world of a reason step. */
function scripted(answer: (request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent> | ModelEvent[]) {
  const requests: { request: ModelRequest; connection: ModelConnection }[] = []
  const driver: Driver = {
    id: 'scripted',
    label: 'Scripted',
    needsKey: false,
    credentialFields: [],
    async *stream(request, connection, signal) {
      requests.push({ request, connection })
      yield* answer(request, signal)
    },
  }
  return { driver, requests }
}

const model: ResolvedModel = {
  modelId: newId(),
  model: 'scripted-1',
  providerId: newId(),
  providerType: 'scripted',
  baseUrl: null,
  settings: {},
  keyVersion: null,
  reasoning: false,
  temperature: true,
  defaultEffort: null,
  contextTokens: null,
  maxOutputTokens: null,
}

let effectRuns: string[] = []
const probes: Capability = {
  id: 'probes',
  name: 'Probes',
  description: 'Tools that the tests watch.',
  tools: [
    tool({
      name: 'once',
      says: 'x',
      effect: 'at_most_once',
      args: z.object({ n: z.number() }),
      run: async (_, { idempotencyKey }) => note(idempotencyKey),
    }),
    tool({
      name: 'picky',
      says: 'x',
      effect: 'pure',
      args: z.object({}),
      run: async () => {
        throw new ToolError('not like this')
      },
    }),
    tool({
      name: 'buggy',
      says: 'x',
      effect: 'pure',
      args: z.object({}),
      run: async () => {
        throw new Error('password 123')
      },
    }),
    tool({ name: 'slow', says: 'x', effect: 'pure', timeoutMs: 5, args: z.object({}), run: () => new Promise(() => {}) }),
    tool({ name: 'chatty', says: 'x', effect: 'pure', args: z.object({}), run: async (_, context) => chat(context) }),
  ],
}
const note = (key: string) => {
  effectRuns.push(key)
  return { ok: true }
}
const chat = (context: ToolContext) => {
  context.progress('half way')
  context.output('stdout', 'a')
  context.output('stdout', 'b')
  return 'said'
}

const layer = (given: Partial<Layer> = {}): Layer => ({
  source: 'harness',
  id: newId(),
  name: 'test',
  systemPrompt: 'Be brief.',
  capabilities: [{ ref: 'test_math' }, { ref: 'session_file_system' }, { ref: 'probes' }],
  tools: [{ name: 'ask_user', description: 'Asks.', parameters: { type: 'object' } }],
  initialFiles: [],
  networkAccess: null,
  mcpServers: {},
  modelId: null,
  maxIterations: null,
  parallelToolCalls: null,
  ...given,
})

const configOf = (given: Partial<SessionConfig> = {}): SessionConfig => ({
  hash: newId(),
  sessionId: newId(),
  workspaceId: newId(),
  title: null,
  locale: null,
  hints: {},
  metadata: {},
  harnessId: newId(),
  agentId: null,
  agentName: null,
  layers: [layer()],
  model,
  ...given,
})

const said = (sequence: number, text: string) => ({
  sequence,
  type: 'input.message',
  ts: 0,
  turnId: null,
  data: JSON.stringify({
    message: {
      id: toWire('message', newId()),
      role: 'user',
      content: [{ type: 'text', text }],
      created_at: '2026-11-22T09:00:00Z',
    },
  }),
})

async function working(driver: Driver = scripted(() => []).driver) {
  const controlPlane = new ScriptedControlPlane()
  const capabilities = capabilityRegistry([...builtInCapabilities, probes])
  const loop = startWorkerLoop({
    controlPlane,
    steps: agentSteps({ drivers: [driver], capabilities, log, now: () => new Date('2026-11-22T09:00:01Z') }),
    capacity: 4,
    name: 'worker',
    group: null,
    version: '1',
    inProcess: true,
    log,
    incarnation: newId(),
    random: () => 0,
  })
  const stream = await controlPlane.stream()
  loops.push({ loop, stream })
  stream.welcome()
  return { controlPlane, stream }
}

function reasonTask(config: SessionConfig, context: Partial<StepContext>, given: Partial<Assignment> = {}): Assignment {
  const turnId = given.workflowId ?? newId()
  const step: StepContext = { turnId, iteration: 1, controls: {}, configHash: config.hash, config, ...context }
  return assignmentOf({
    step: 'reason',
    key: 'reason-1',
    sessionId: config.sessionId,
    workflowId: turnId,
    context: JSON.stringify(step),
    ...given,
  })
}

const hello = (config: SessionConfig, given: Partial<Assignment> = {}) =>
  reasonTask(config, { transcript: { base: 0, through: 2, events: [said(2, 'Hello')] } }, given)

const read = (events: EventDraft[]) => events.map(({ type, data }) => ({ type, ...JSON.parse(data) }))
const typesOf = (events: EventDraft[]) => events.map(({ type }) => type)

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
  expect(generation).toMatchObject({ through: 2, output: { text: 'Hello' }, metadata: { success: true, response_id: 'resp_1' } })
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
  effectRuns = []
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
  effectRuns = []
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
