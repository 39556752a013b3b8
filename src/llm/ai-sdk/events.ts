// Stream parts of the vendor libraries → our model events. One reader per answer; failures become the last event.
import type { LanguageModelV3FinishReason, LanguageModelV3StreamPart } from '@ai-sdk/provider'
import type { ToolCall } from '../../contract/content.ts'
import type { ModelEvent, ModelFailure } from '../../contract/model.ts'
import type { RetryCount } from '../http/model-fetch.ts'
import { failureIn } from './failures.ts'
import { ReasoningItems } from './reasoning.ts'
import { usageOf } from './usage.ts'

type FinishPart = Extract<LanguageModelV3StreamPart, { type: 'finish' }>
type Finish = Extract<ModelEvent, { type: 'done' }>['finishReason']

const finishReasons: Record<LanguageModelV3FinishReason['unified'], Finish | null> = {
  stop: 'stop',
  'tool-calls': 'tool_calls',
  length: 'length',
  'content-filter': 'refusal',
  other: 'other',
  error: null,
}

/** Reads one answer's parts in order. After a `done` or `error` event nothing more may be given to it. */
export class PartReader {
  readonly #retries: RetryCount
  readonly #reasoning: ReasoningItems
  readonly #calls: ToolCall[] = []
  #responseId: string | undefined
  #model: string | undefined

  constructor(origin: { provider: string; model: string }, retries: RetryCount) {
    this.#reasoning = new ReasoningItems(origin)
    this.#retries = retries
  }

  read(part: LanguageModelV3StreamPart): ModelEvent[] {
    switch (part.type) {
      case 'text-delta':
        return part.delta === '' ? [] : [{ type: 'text', delta: part.delta }]
      case 'reasoning-start':
        return this.#reasoning.begin(part.providerMetadata) ? [{ type: 'thinking', delta: '\n\n' }] : []
      case 'reasoning-delta':
        this.#reasoning.add(part.providerMetadata, part.delta)
        return part.delta === '' ? [] : [{ type: 'thinking', delta: part.delta }]
      case 'reasoning-end':
        this.#reasoning.end(part.providerMetadata)
        return []
      case 'tool-call':
        if (!part.providerExecuted)
          this.#calls.push({ id: part.toolCallId, name: part.toolName, arguments: argumentsOf(part.input) })
        return []
      case 'response-metadata':
        this.#responseId = part.id ?? this.#responseId
        this.#model = part.modelId ?? this.#model
        return []
      case 'error':
        return [{ type: 'error', error: failureIn(part.error) }]
      case 'finish':
        return this.#finish(part)
      default:
        return []
    }
  }

  #finish({ finishReason, usage }: FinishPart): ModelEvent[] {
    const failure = unfinished(finishReason)
    if (failure) return [{ type: 'error', error: failure }]
    const calls: ModelEvent[] = this.#calls.length > 0 ? [{ type: 'tool_calls', calls: this.#calls }] : []
    return [
      ...this.#reasoning.all().map((item) => ({ type: 'reasoning_item' as const, item })),
      ...calls,
      this.#done(finishReason, usage),
    ]
  }

  #done({ unified }: LanguageModelV3FinishReason, usage: FinishPart['usage']): ModelEvent {
    const reason = finishReasons[unified] ?? 'other'
    // Some compatible servers say `stop` beside their calls.
    const finishReason = this.#calls.length > 0 && (reason === 'stop' || reason === 'other') ? 'tool_calls' : reason
    return {
      type: 'done',
      finishReason,
      usage: usageOf(usage),
      ...(this.#responseId ? { responseId: this.#responseId } : {}),
      ...(this.#model ? { model: this.#model } : {}),
      ...(this.#retries.attempts > 0 ? { retry: { ...this.#retries } } : {}),
    }
  }
}

/** A stream that was cut off looks like one that ended for an unnamed reason. */
function unfinished({ unified, raw }: LanguageModelV3FinishReason): ModelFailure | null {
  if (unified === 'error') return { kind: 'invalid_response', message: 'The provider ended its answer with an unnamed error.' }
  return unified === 'other' && raw === undefined ? cutOff : null
}

export const cutOff: ModelFailure = { kind: 'invalid_response', message: 'The answer ended before it was complete.' }

function argumentsOf(input: string): unknown {
  if (input.trim() === '') return {}
  try {
    return JSON.parse(input)
  } catch {
    return input
  }
}
