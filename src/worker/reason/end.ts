// How a model call ends: the events that record it and the outcome its turn is planned from.
import type { ContentPart, ToolCall } from '../../contract/content.ts'
import { draft, type EventDraft } from '../../contract/events/index.ts'
import { toWire, type Uuid } from '../../contract/ids.ts'
import type { Json } from '../../contract/json.ts'
import type { Message, TokenUsage } from '../../contract/message.ts'
import { estimatedCostUsd, findModel } from '../../llm/catalogue.ts'
import type { RuntimeAgent } from '../../turn/runtime-agent.ts'
import type { ResolvedModel } from '../../turn/session-config.ts'
import type { ReasonOutcome, TurnError } from '../../turn/state.ts'
import type { StepResult } from '../step.ts'
import { plannedCalls } from './calls.ts'
import type { Heard } from './listen.ts'
import { describe } from './request.ts'

const previewLength = 200

/** One model call, from its beginning. */
export interface ModelCall {
  taskId: Uuid
  messageId: string
  model: ResolvedModel
  agent: RuntimeAgent
  /** The last event the model was given. */
  through: number
  durationMs(): number
  now(): Date
}

type Generation = Parameters<typeof draft<'llm.generation'>>[1]

export const metadataOf = (model: ResolvedModel) => ({
  model: model.model,
  model_id: toWire('model', model.modelId),
  provider_id: toWire('provider', model.providerId),
})

/** `calls` are the answer's, with ids that are unique in the turn. */
export function answered(call: ModelCall, heard: Heard, done: NonNullable<Heard['done']>, calls: ToolCall[]): StepResult {
  const { text, timeToFirstTokenMs } = heard
  const usage = priced(done.usage, call.model)
  const message = messageOf(call, heard, calls)
  const events = [
    draft('output.message.completed', { message, metadata: metadataOf(call.model), usage, through: call.through }),
    // Its output is the message just before it.
    generation(call, heard, { usage, ...answerFacts(done) }),
    draft('reason.completed', {
      success: true,
      has_tool_calls: calls.length > 0,
      tool_call_count: calls.length,
      ...(text ? { text_preview: previewOf(text) } : {}),
      duration_ms: call.durationMs(),
      usage,
    }),
  ]
  return finish(events, {
    ok: true,
    messageId: call.messageId,
    preview: previewOf(text),
    finishReason: done.finishReason,
    calls: plannedCalls(calls, call.agent),
    usage,
    ...(timeToFirstTokenMs === undefined ? {} : { timeToFirstTokenMs }),
  })
}

/** The call was made and failed. */
export const failed = (call: ModelCall, heard: Heard, error: TurnError): StepResult =>
  finish([generation(call, heard, { error: error.message }, said(heard)), reasonFailed(error, call.durationMs())], {
    ok: false,
    error,
  })

/** There was nobody to call. */
export const notCalled = (error: TurnError): StepResult => finish([reasonFailed(error)], { ok: false, error })

// Both sides of the hand-over are JSON; the turn reads it with its own schema.
const finish = (events: EventDraft[], outcome: ReasonOutcome): StepResult => ({
  kind: 'finish',
  value: outcome as unknown as Json,
  events,
})

const reasonFailed = (error: TurnError, durationMs?: number): EventDraft =>
  draft('reason.completed', {
    success: false,
    has_tool_calls: false,
    tool_call_count: 0,
    error: error.message,
    ...(durationMs === undefined ? {} : { duration_ms: durationMs }),
  })

function messageOf(call: ModelCall, heard: Heard, calls: ToolCall[]): Message {
  const { text, thinking, thinkingSignature, reasoning } = heard
  const content: ContentPart[] = [
    ...(text ? [{ type: 'text' as const, text }] : []),
    ...calls.map((one) => ({ type: 'tool_call' as const, ...one })),
  ]
  return {
    id: call.messageId,
    role: 'agent',
    content,
    phase: calls.length > 0 ? 'Commentary' : 'FinalAnswer',
    ...(thinking ? { thinking } : {}),
    ...(thinkingSignature ? { thinking_signature: thinkingSignature } : {}),
    ...(reasoning.length > 0 ? { reasoning } : {}),
    created_at: call.now().toISOString(),
  }
}

/** What was said before the call failed; there is no message of it. */
const said = ({ text }: Heard): Generation['output'] => (text ? { text } : {})

function generation(
  call: ModelCall,
  heard: Heard,
  extra: Partial<Generation['metadata']>,
  output?: Generation['output'],
): EventDraft {
  const { prompt, summaries } = describe(call.agent)
  const { done, timeToFirstTokenMs } = heard
  return draft('llm.generation', {
    through: call.through,
    prompt_hash: prompt.hash,
    ...(summaries ? { tools_hash: summaries.hash } : {}),
    ...(output ? { output } : {}),
    metadata: {
      model: call.model.model,
      success: done !== undefined,
      provider: call.model.providerType,
      duration_ms: call.durationMs(),
      ...(timeToFirstTokenMs === undefined ? {} : { time_to_first_token_ms: timeToFirstTokenMs }),
      ...extra,
    },
  })
}

const answerFacts = ({ finishReason, responseId, retry }: NonNullable<Heard['done']>): Partial<Generation['metadata']> => ({
  finish_reasons: [finishReason],
  ...(responseId ? { response_id: responseId } : {}),
  ...(retry ? { retry: { attempts: retry.attempts, total_wait_ms: retry.totalWaitMs } } : {}),
})

/** With what it cost: the provider's own figure where it gives one, else by the list prices of a known model. */
function priced(usage: TokenUsage, { providerType, model }: ResolvedModel): TokenUsage {
  const estimated = estimatedCostUsd(findModel(providerType, model)?.profile.cost, usage)
  const effective = usage.actual_cost_usd ?? estimated
  if (effective === undefined) return usage
  return { effective_cost_usd: effective, ...(estimated === undefined ? {} : { estimated_cost_usd: estimated }), ...usage }
}

const previewOf = (text: string): string => text.slice(0, previewLength).toWellFormed()
