// The reason step: one model call. Readers see it as it comes; what the turn is planned from, and what the next call will read,
// commits with the step's Finish alone, so that an attempt that dies leaves nothing but pieces to be dropped.
import type { Logger } from 'pino'
import type { Assignment, ServiceReport } from '../../contract/control-plane.ts'
import { failpoint } from '../../contract/failpoint.ts'
import { toWire } from '../../contract/ids.ts'
import type { Message } from '../../contract/message.ts'
import type { Driver, ModelConnection, ModelErrorKind, ModelFailure } from '../../contract/model.ts'
import { Problem, type ProblemKind } from '../../contract/problem.ts'
import { disclosureOf, modelError, turnError } from '../../turn/errors.ts'
import { messageIdOf } from '../../turn/message-ids.ts'
import type { RuntimeAgent } from '../../turn/runtime-agent.ts'
import { circuitOf, type ResolvedModel } from '../../turn/session-config.ts'
import type { TurnError } from '../../turn/state.ts'
import { validTranscript } from '../../turn/transcript-repair.ts'
import { type Agents, placeOf } from '../agents.ts'
import type { Credentials } from '../credentials.ts'
import { logIds } from '../log-ids.ts'
import type { SessionMemory, StepMemory, Transcript } from '../session-memory.ts'
import type { SharedContents } from '../shared-contents.ts'
import type { Step, StepResult, StepTools } from '../step.ts'
import { callIdsOf, uniquelyNamed } from './calls.ts'
import { answered, failed, type ModelCall, metadataOf, notCalled } from './end.ts'
import { type Heard, listen } from './listen.ts'
import { describe, modelRequest } from './request.ts'

export interface ReasonParts {
  drivers: readonly Driver[]
  agents: Agents
  memory: SessionMemory
  contents: SharedContents
  credentials: Credentials
  log: Logger
  now(): Date
  /** Milliseconds of a clock that never goes back. */
  clock(): number
}

/** One reason step while it runs. */
interface Reasoning extends StepMemory {
  parts: ReasonParts
  assignment: Assignment
  tools: StepTools
  messages: Message[]
  through: number
  agent: RuntimeAgent
}

/** A call that broke off after its first piece is made again this often at most; then the turn is told. */
const attempts = 3
const brokenOff: readonly ModelErrorKind[] = ['unavailable', 'timeout']

export const reasonStep =
  (parts: ReasonParts): Step =>
  async (assignment, tools) => {
    const { transcript, step, config } = await parts.memory.recallTranscript(assignment, tools)
    const agent = parts.agents.of(config, placeOf(config, step.controls), inputTime(transcript))
    const messages = repaired(transcript, tools)
    return reason({ parts, assignment, tools, step, config, messages, through: transcript.through, agent })
  }

/** The time of the input being answered: a call that is made again must get the same prompt. */
function inputTime({ entries }: Transcript): Date {
  const input = entries.findLast(({ message }) => message.role === 'user')
  return new Date(input?.message.created_at ?? 0)
}

function repaired({ entries }: Transcript, { emit }: StepTools): Message[] {
  const { messages, repairs } = validTranscript(entries.map(({ message }) => message))
  for (const repair of repairs) emit.event('transcript.repaired', { action: 'synthesize', ...repair })
  return messages
}

async function reason(reasoning: Reasoning): Promise<StepResult> {
  const { config, tools, parts, step } = reasoning
  const { model } = config
  if (step.circuit?.mayWait) return { kind: 'postpone', afterMs: step.circuit.openForMs }
  const harness_id = toWire('harness', config.harnessId)
  const started = { harness_id, ...(config.agentId ? { agent_id: toWire('agent', config.agentId) } : {}) }
  if ('unavailable' in model) {
    tools.emit.event('reason.started', started)
    return notCalled(turnError(model.unavailable, { disclosure: disclosureIn(reasoning) }))
  }
  tools.emit.event('reason.started', { metadata: metadataOf(model), model: model.model, ...started })
  const driver = parts.drivers.find(({ id }) => id === model.providerType)
  if (!driver) return notCalled(unusable('model_unavailable', model, reasoning))
  if (step.circuit) return notCalled(unusable('provider_unavailable', model, reasoning))
  try {
    return await parts.credentials.lend(reasoning.assignment.orgId, model, tools, (connection) =>
      callModel(reasoning, model, driver, connection),
    )
  } catch (error) {
    const code = error instanceof Problem ? codes[error.kind] : undefined
    if (!code) throw error
    return notCalled(unusable(code, model, reasoning))
  }
}

/** What the control plane says about a provider that cannot be used. Anything else is its own trouble: the step is tried again. */
const codes: Partial<Record<ProblemKind, string>> = {
  not_found: 'model_unavailable',
  conflict: 'model_unavailable',
  bad_request: 'provider_misconfigured',
}

const disclosureIn = ({ step }: Reasoning) => disclosureOf(step.controls.error_disclosure)
const factsOf = ({ model, providerType }: ResolvedModel) => ({ provider: providerType, model_id: model })
const unusable = (code: string, model: ResolvedModel, reasoning: Reasoning): TurnError =>
  turnError(code, { disclosure: disclosureIn(reasoning), fields: factsOf(model) })

async function callModel(
  reasoning: Reasoning,
  model: ResolvedModel,
  driver: Driver,
  connection: ModelConnection,
): Promise<StepResult> {
  const { parts, assignment, tools, step, agent, messages } = reasoning
  const { sessionId } = assignment
  const { metadata } = reasoning.config
  const request = modelRequest({ agent, model, controls: step.controls, messages, sessionId, metadata })
  const call = modelCall(reasoning, model)
  const speaker = {
    turnId: toWire('turn', step.turnId),
    messageId: call.messageId,
    model: model.model,
    iteration: step.iteration,
  }
  await failpoint('reason.before_model')
  const heard = await listen(driver.stream(request, connection, tools.signal), speaker, tools.emit, parts.clock)
  await failpoint('reason.before_finish')
  return withContents(reasoning, reported(model, heard, concluded(reasoning, call, heard)))
}

/** With how the provider met the call. What we asked wrongly, and what it refuses us, says nothing about whether it can be called. */
function reported(model: ResolvedModel, { done, failure }: Heard, result: StepResult): StepResult {
  if (result.kind === 'postpone' || (!done && !isOverload(failure))) return result
  const services: ServiceReport[] = [{ key: circuitOf(model), ok: done !== undefined }]
  return { services, ...result }
}

const overloads: readonly ModelErrorKind[] = ['unavailable', 'timeout', 'rate_limited']

const isOverload = (failure: ModelFailure | undefined): boolean =>
  failure !== undefined && (overloads.includes(failure.kind) || (failure.kind === 'other' && (failure.status ?? 0) >= 500))

function modelCall({ parts, assignment, agent, through }: Reasoning, model: ResolvedModel): ModelCall {
  const startedAt = parts.clock()
  return {
    taskId: assignment.task.id,
    // Every attempt at this task makes the same message.
    messageId: messageIdOf(assignment.task.id, 'answer'),
    model,
    agent,
    through,
    durationMs: () => Math.round(parts.clock() - startedAt),
    now: parts.now,
  }
}

function concluded(reasoning: Reasoning, call: ModelCall, heard: Heard): StepResult {
  const { done, failure } = heard
  if (done) return answered(call, heard, done, uniquelyNamed(heard.calls, callIdsOf(reasoning.messages), call.taskId))
  const error: ModelFailure = failure ?? { kind: 'invalid_response', message: 'no answer' }
  if (!reasoning.tools.signal.aborted) logFailure(reasoning, call.model, error)
  if (isWorthAnotherAttempt(reasoning, heard)) {
    return { kind: 'fail', error: error.message, retryable: true, retryAfterMs: error.retryAfterMs }
  }
  return failed(call, heard, modelError(error, factsOf(call.model), disclosureIn(reasoning)))
}

/** Characters of what a provider says that are logged. */
const longestWords = 500

/** The turn's user hears less than whoever runs the product has to know. Words about a key are not logged: they may quote it. */
function logFailure({ parts, assignment }: Reasoning, model: ResolvedModel, { kind, status, message }: ModelFailure): void {
  const said = kind === 'authentication' ? { kind, status } : { kind, status, provider_says: message.slice(0, longestWords) }
  parts.log.warn({ provider: model.providerType, model: model.model, ...said, ...logIds(assignment) }, 'a model call failed')
}

/** Before the first piece the driver has tried again itself. */
const isWorthAnotherAttempt = ({ assignment }: Reasoning, { failure, timeToFirstTokenMs }: Heard): boolean =>
  failure !== undefined &&
  timeToFirstTokenMs !== undefined &&
  brokenOff.includes(failure.kind) &&
  assignment.task.attempt < attempts

/** `llm.generation` names prompt and tools by hash: their bodies go along unless they are known to be stored. */
function withContents({ parts, assignment, agent }: Reasoning, result: StepResult): StepResult {
  if (result.kind !== 'finish') return result
  const { prompt, summaries } = describe(agent)
  const contents = summaries ? [prompt, summaries] : [prompt]
  return {
    effects: parts.contents.effects(assignment.orgId, contents),
    stored: () => parts.contents.stored(assignment.orgId, contents),
    ...result,
  }
}
