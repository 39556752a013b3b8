// A session's configuration as it travels to a worker: the layers, unmerged, and the model they resolve to.

import { toWire, type Uuid } from '../contract/ids.ts'
import type { Json, JsonObject } from '../contract/json.ts'
import type { Controls } from '../contract/message.ts'

export interface CapabilityRef {
  ref: string
  config?: Json
}
export interface ClientTool {
  name: string
  display_name?: string
  description: string
  parameters: JsonObject
}
export interface InitialFile {
  path: string
  content: string
  encoding?: 'text' | 'base64'
  is_readonly?: boolean
}
export interface NetworkAccess {
  allowed?: string[]
  blocked?: string[]
}

/** One layer of the chain root harness … leaf harness → agent → session. */
export interface Layer {
  source: 'harness' | 'agent' | 'session'
  id: Uuid
  name: string | null
  systemPrompt: string | null
  capabilities: CapabilityRef[]
  tools: ClientTool[]
  initialFiles: InitialFile[]
  networkAccess: NetworkAccess | null
  mcpServers: JsonObject
  modelId: Uuid | null
  maxIterations: number | null
  parallelToolCalls: boolean | null
}

export interface ResolvedModel {
  modelId: Uuid
  /** The provider's model string. */
  model: string
  providerId: Uuid
  /** Driver id. */
  providerType: string
  baseUrl: string | null
  /** The provider's non-secret settings. */
  settings: JsonObject
  /** Secrets are fetched by a Call when this is set. `keyVersion` changes when they do. */
  keyVersion: string | null
  reasoning: boolean
  temperature: boolean
  defaultEffort: string | null
  contextTokens: number | null
  maxOutputTokens: number | null
}

/** The circuit breaker a model's provider is counted under. */
export const circuitOf = ({ providerId }: Pick<ResolvedModel, 'providerId'>): string => `llm:${toWire('provider', providerId)}`

export interface SessionConfig {
  /** Names this content: a worker that has it is not sent it again. */
  hash: string
  sessionId: Uuid
  workspaceId: Uuid
  title: string | null
  locale: string | null
  hints: JsonObject
  harnessId: Uuid
  agentId: Uuid | null
  agentName: string | null
  /** What the harness chain says about itself to model providers (`embedder_metadata`, leaf over root). */
  metadata: Record<string, string>
  layers: Layer[]
  /** Why there is none: `model_not_configured`, `model_unavailable`, `dependency_unavailable`. */
  model: ResolvedModel | { unavailable: string }
}

/** An event of the transcript as a worker gets it. */
export interface ContextEvent {
  sequence: number
  type: string
  /** Milliseconds since 1970. */
  ts: number
  turnId: Uuid | null
  /** JSON text of the event's data. */
  data: string
}

/** The context of one step (`Assignment.context` as JSON). */
export interface StepContext {
  turnId: Uuid
  iteration: number
  controls: Controls
  configHash: string
  /** Left out when this worker was sent it before. */
  config?: SessionConfig
  /**
   * Only for reason, and only while the provider is not to be called: for how long. `mayWait`: the step is handed back for that
   * time; else it has waited often enough.
   */
  circuit?: { openForMs: number; mayWait: boolean }
  /** Only for reason: the transcript from `base` (exclusive; 0 = from the beginning) to `through` (inclusive). */
  transcript?: { base: number; through: number; events: ContextEvent[] }
}
