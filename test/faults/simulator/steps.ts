// What workers of a run do: a model that answers as the seed says, and a tool of every class. What tools do to the world outside goes
// into a ledger that nothing takes back.
import type { ToolCall } from '../../../src/contract/content.ts'
import type { Assignment } from '../../../src/contract/control-plane.ts'
import { draft } from '../../../src/contract/events/index.ts'
import { toWire } from '../../../src/contract/ids.ts'
import type { Json } from '../../../src/contract/json.ts'
import type { Message } from '../../../src/contract/message.ts'
import { beginsExplicitly, type StepClass } from '../../../src/contract/workflow.ts'
import { messageIdOf } from '../../../src/turn/message-ids.ts'
import type { PlannedCall } from '../../../src/turn/state.ts'
import { validTranscript } from '../../../src/turn/transcript-repair.ts'
import { SessionMemory } from '../../../src/worker/session-memory.ts'
import type { Step, StepResult, Steps, StepTools } from '../../../src/worker/step.ts'
import type { Random } from '../harness/random.ts'
import { type ValueWrite, valueNames } from './database/value-statements.ts'
import type { Worker } from './worker.ts'
import type { World } from './world.ts'

const usage = { input_tokens: 1, output_tokens: 1 }
const classes = [
  'pure',
  'idempotent',
  'transactional',
  'transactional',
  'keyed',
  'at_most_once',
  'at_most_once',
  'client',
] as const
/** A tool that takes its process down whenever it runs. */
const poison = 'poison'
/** As the worker cuts a tool off that does not end. */
const readMs = 5_000

/** What a tool says of its own failure: it did run. */
export const ownError = 'it did not work out'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Mostly quick; now and then longer than a lease. */
function workMs(random: Random): number {
  const kind = random.next()
  if (kind < 0.05) return 2_500 * random.next()
  return kind < 0.4 ? 400 * random.next() : 20 * random.next()
}

export function stepsOf(world: World, worker: Worker): Steps {
  const memory = new SessionMemory()
  const watched =
    (step: Step): Step =>
    (assignment, tools) => {
      world.watch.stepStarted(assignment, worker)
      return step(assignment, tools)
    }
  return { reason: watched(reasonStep(world, memory)), act: watched(actStep(world, worker)) }
}

// ── the model ──

const reasonStep =
  (world: World, memory: SessionMemory): Step =>
  async (assignment, tools) => {
    const { random } = world
    const { transcript, step } = await memory.recallTranscript(assignment, tools)
    const { messages, repairs } = validTranscript(transcript.entries.map(({ message }) => message))
    world.watch.modelCalled(assignment, messages, repairs.length)
    tools.emit.event('reason.started', { harness_id: '' })
    const messageId = messageIdOf(assignment.task.id, 'answer')
    await stream(assignment, tools, random, messageId)
    const fate = random.next()
    if (fate < 0.04) return { kind: 'fail', error: 'the provider is away', retryable: fate < 0.035 }
    if (fate < 0.06) return { kind: 'finish', value: { ok: false, error: { code: 'x', message: 'x', disclosure: 'standard' } } }
    const calls = random.next() < 0.6 && step.iteration < 5 ? world.newCalls() : []
    return answer(assignment, messageId, calls, transcript.through)
  }

async function stream({ workflowId }: Assignment, { emit, signal }: StepTools, random: Random, messageId: string): Promise<void> {
  const about = { turn_id: toWire('turn', workflowId), message_id: messageId }
  for (let pieces = random.between(0, 3); pieces > 0 && !signal.aborted; pieces -= 1) {
    await pause(workMs(random))
    emit.piece('answer', 'piece ', (delta, offset) => draft('output.message.delta', { ...about, delta, offset }))
  }
}

function answer({ task }: Assignment, messageId: string, calls: PlannedCall[], through: number): StepResult {
  const parts: Message['content'] = calls.map(({ id, name, arguments: given }) => ({
    type: 'tool_call',
    id,
    name,
    arguments: given,
  }))
  const message: Message = {
    id: messageId,
    role: 'agent',
    content: [{ type: 'text', text: `answer of ${task.id}` }, ...parts],
    created_at: '',
  }
  // Made of JSON only.
  const value = { ok: true, messageId, preview: '', finishReason: 'stop', calls, usage } as unknown as Json
  return { kind: 'finish', value, events: [draft('output.message.completed', { message, through })] }
}

/** One to four calls of any class; some may not run beside each other. */
export function plannedCalls(random: Random, nextId: () => string): PlannedCall[] {
  return Array.from({ length: random.between(1, 4) }, () => {
    const id = nextId()
    if (random.next() < 0.02) return { id, name: poison, arguments: {}, class: 'pure' }
    const stepClass: StepClass = random.oneOf(classes)
    const serial = random.next() < 0.3 ? { concurrencyClass: 'one by one' } : {}
    return { id, name: stepClass, arguments: {}, class: stepClass, ...serial }
  })
}

// ── the tools ──

const actStep =
  (world: World, worker: Worker): Step =>
  async (assignment, tools) => {
    const { random } = world
    // The turn's plan made this input.
    const { call } = assignment.input as unknown as { call: PlannedCall }
    if (call.name === poison) world.trouble.crashWorker(worker)
    const started = draft('tool.started', { tool_call: { id: call.id, name: call.name, arguments: {} } satisfies ToolCall })
    if (beginsExplicitly(call.class)) await tools.begin([started])
    else tools.emit.event('tool.started', { tool_call: { id: call.id, name: call.name, arguments: {} } })
    await pause(workMs(random))
    if (random.next() < 0.05)
      tools.emit.event('tool.progress', { tool_call_id: call.id, tool_name: call.name, message: 'half way' })
    if (call.class === 'transactional') return countUp(assignment, call, tools, random)
    world.ledger.push({ call: call.id, key: `${assignment.workflowId}:${call.id}`, attempt: assignment.task.attempt })
    await pause(workMs(random))
    if (random.next() < 0.03 && !beginsExplicitly(call.class)) return { kind: 'fail', error: 'try again', retryable: true }
    return result(call, random.next() < 0.9 ? 'success' : 'error')
  }

/** Reads a number and writes the next one: right only if nobody wrote in between. */
async function countUp(assignment: Assignment, call: PlannedCall, tools: StepTools, random: Random): Promise<StepResult> {
  const key = random.oneOf(valueNames)
  const unread = pause(readMs).then(() => undefined)
  const found = await Promise.race([tools.call('read_value', key), unread])
  if (found === undefined) return { kind: 'fail', error: 'the value could not be read', retryable: true }
  // As the control plane of the run answers.
  const read = found as { value: number; revision: string } | null
  await pause(workMs(random))
  const base = read?.revision ?? null
  const write: ValueWrite = { value: (read?.value ?? 0) + 1, by: assignment.key, base }
  return { ...result(call, 'success'), effects: [{ store: 'values', key, base, write }] }
}

const result = (call: PlannedCall, status: 'success' | 'error'): Extract<StepResult, { kind: 'finish' }> => ({
  kind: 'finish',
  value: { status },
  events: [
    draft('tool.completed', {
      tool_call_id: call.id,
      tool_name: call.name,
      success: status === 'success',
      status,
      error: ownError,
    }),
  ],
})
