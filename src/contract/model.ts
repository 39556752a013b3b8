// What a model driver takes and gives: one request, one stream of events. Failures are values in the stream.
import type { ToolCall } from './content.ts'
import type { Json, JsonObject } from './json.ts'
import type { Message, reasoningEfforts, TokenUsage } from './message.ts'

export interface ModelTool {
  name: string
  description: string
  /** JSON Schema of the arguments. */
  parameters: JsonObject
}

export interface ModelRequest {
  /** The provider's model string. */
  model: string
  system: string
  /** user, agent and tool_result messages, oldest first; every tool call has its result. */
  messages: Message[]
  tools: ModelTool[]
  reasoningEffort?: (typeof reasoningEfforts)[number]
  temperature?: number
  maxTokens?: number
  parallelToolCalls?: boolean
  /** Passed to the provider for its own logs. */
  metadata?: Record<string, string>
  /** Stable per session: routes to the provider's prompt cache. At most 64 characters. */
  cacheKey?: string
}

/** Where and how to reach the provider. */
export interface ModelConnection {
  baseUrl?: string
  apiKey?: string
  /** Further secret fields of multi-field drivers. */
  credentials?: Record<string, string>
  /** The provider row's settings: extra headers, the simulator's script. */
  settings: JsonObject
  connectTimeoutMs?: number
  firstByteTimeoutMs?: number
  /** Longest silence between two pieces once bytes flow. */
  silenceTimeoutMs?: number
}

export const modelErrorKinds = [
  'authentication',
  'quota_exhausted',
  'usage_limit',
  'rate_limited',
  'unavailable',
  'timeout',
  'request_too_large',
  'invalid_request',
  'invalid_tool_schema',
  'model_not_found',
  'invalid_response',
  'other',
] as const
export type ModelErrorKind = (typeof modelErrorKinds)[number]

export interface ModelFailure {
  kind: ModelErrorKind
  /** For operators; users see it only where disclosure is `detailed`. */
  message: string
  status?: number
  retryAfterMs?: number
}

export type ModelEvent =
  | { type: 'text'; delta: string }
  | { type: 'thinking'; delta: string }
  /** Opaque reasoning state of the provider, to be sent back with the message. */
  | { type: 'reasoning_item'; item: Json }
  | { type: 'thinking_signature'; signature: string }
  /** The complete set, once, just before `done`. Arguments that are not JSON stay a string. */
  | { type: 'tool_calls'; calls: ToolCall[] }
  | {
      type: 'done'
      finishReason: 'stop' | 'tool_calls' | 'length' | 'refusal' | 'other'
      usage: TokenUsage
      responseId?: string
      model?: string
      retry?: { attempts: number; totalWaitMs: number }
    }
  /** The last event of a stream that failed. */
  | { type: 'error'; error: ModelFailure }

export interface Driver {
  /** The provider_type it serves. */
  id: string
  label: string
  needsKey: boolean
  /** The form a provider of this kind is set up with. */
  credentialFields: {
    name: string
    label: string
    fieldType: 'password' | 'text' | 'url'
    required: boolean
    defaultValue?: string
  }[]
  /**
   * One model call. Retries only before the first byte (twice at most); never loops; never throws: the stream ends with `done`
   * or `error`. An abort ends it at once, without either.
   */
  stream(request: ModelRequest, connection: ModelConnection, signal: AbortSignal): AsyncIterable<ModelEvent>
}
