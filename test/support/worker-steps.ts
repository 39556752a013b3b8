// A worker with the real steps of a turn, between a control plane and a model provider whose answers the test gives.
import { type Logger, pino } from 'pino'
import { afterEach } from 'vitest'
import { z } from 'zod'
import { builtInCapabilities, capabilityRegistry } from '../../src/capabilities/index.ts'
import { type Capability, type ToolContext, ToolError, tool } from '../../src/contract/capability.ts'
import type { Assignment } from '../../src/contract/control-plane.ts'
import type { EventDraft } from '../../src/contract/events/index.ts'
import { newId, toWire } from '../../src/contract/ids.ts'
import type { Driver, ModelConnection, ModelEvent, ModelRequest } from '../../src/contract/model.ts'
import type { Layer, ResolvedModel, SessionConfig, StepContext } from '../../src/turn/session-config.ts'
import { agentSteps, startWorkerLoop, type WorkerLoop } from '../../src/worker/index.ts'
import { assignmentOf, ScriptedControlPlane, type WorkerStream } from './control-plane.ts'

const silent = pino({ level: 'silent' })
let loops: { loop: WorkerLoop; stream: WorkerStream }[] = []
afterEach(async () => {
  for (const { loop, stream } of loops) {
    for (const task of loop.running()) stream.say({ kind: 'stop', task, why: 'lost' })
    await loop.stop({ graceMs: 0 })
  }
  loops = []
})

export const usage = { input_tokens: 3, output_tokens: 2 }
export const done = (finishReason: 'stop' | 'tool_calls' = 'stop'): ModelEvent => ({
  type: 'done',
  finishReason,
  usage,
  responseId: 'resp_1',
})

/** A provider that answers what the test says; the outside world of a reason step. */
export function scripted(answer: (request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent> | ModelEvent[]) {
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

export const model: ResolvedModel = {
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

/** The idempotency keys of the effects that ran; the test empties it. */
export const effectRuns: string[] = []
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

export const layer = (given: Partial<Layer> = {}): Layer => ({
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

export const configOf = (given: Partial<SessionConfig> = {}): SessionConfig => ({
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

export const said = (sequence: number, text: string) => ({
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

export async function working(driver: Driver = scripted(() => []).driver, log: Logger = silent) {
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

export function reasonTask(config: SessionConfig, context: Partial<StepContext>, given: Partial<Assignment> = {}): Assignment {
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

export const hello = (config: SessionConfig, given: Partial<Assignment> = {}) =>
  reasonTask(config, { transcript: { base: 0, through: 2, events: [said(2, 'Hello')] } }, given)

export const read = (events: EventDraft[]) => events.map(({ type, data }) => ({ type, ...JSON.parse(data) }))
export const typesOf = (events: EventDraft[]) => events.map(({ type }) => type)
