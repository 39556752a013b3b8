// From a session's agent and transcript to one request to its model.

import { hexOf, type Uuid } from '../../contract/ids.ts'
import { type Controls, type Message, reasoningEfforts } from '../../contract/message.ts'
import type { ModelRequest, ModelTool } from '../../contract/model.ts'
import type { RuntimeAgent } from '../../turn/runtime-agent.ts'
import type { ResolvedModel } from '../../turn/session-config.ts'
import { type SharedContent, sharedContent } from '../shared-contents.ts'

/** What an agent's calls have in common. */
export interface Described extends DescribedTools {
  prompt: SharedContent
}

interface DescribedTools {
  tools: ModelTool[]
  /** What `llm.generation` shows of the tools; null where there are none. */
  summaries: SharedContent | null
}

const described = new WeakMap<RuntimeAgent, Described>()
/** By the list of tools, which agents share that differ in their prompt alone. */
const describedTools = new WeakMap<RuntimeAgent['tools'], DescribedTools>()

/** Made once per agent. */
export function describe(agent: RuntimeAgent): Described {
  const known = described.get(agent)
  if (known) return known
  const made = { ...toolsOf(agent), prompt: sharedContent(agent.systemPrompt) }
  described.set(agent, made)
  return made
}

function toolsOf(agent: RuntimeAgent): DescribedTools {
  const known = describedTools.get(agent.tools)
  if (known) return known
  const all = [...agent.tools, ...agent.clientTools]
  const made = {
    tools: all.map(({ name, description, parameters }) => ({ name, description, parameters })),
    summaries: summariesOf(agent),
  }
  describedTools.set(agent.tools, made)
  return made
}

function summariesOf(agent: RuntimeAgent): SharedContent | null {
  const own = agent.tools.map(({ name, description, displayName, category, capabilityId, capabilityName }) => ({
    name,
    description,
    ...(displayName ? { display_name: displayName } : {}),
    ...(category ? { category } : {}),
    capability_id: capabilityId,
    capability_name: capabilityName,
  }))
  const clients = agent.clientTools.map(({ name, description, display_name }) => ({
    name,
    description,
    ...(display_name ? { display_name } : {}),
  }))
  return own.length + clients.length > 0 ? sharedContent([...own, ...clients]) : null
}

interface RequestParts {
  agent: RuntimeAgent
  model: ResolvedModel
  controls: Controls
  messages: Message[]
  sessionId: Uuid
  metadata: Record<string, string>
}

/** Options that the model does not know are left out. */
export function modelRequest({ agent, model, controls, messages, sessionId, metadata }: RequestParts): ModelRequest {
  const effort = model.reasoning ? effortOf(controls, model) : undefined
  return {
    model: model.model,
    system: agent.systemPrompt,
    messages,
    tools: describe(agent).tools,
    ...(effort && effort !== 'none' ? { reasoningEffort: effort } : {}),
    ...(model.maxOutputTokens ? { maxTokens: model.maxOutputTokens } : {}),
    ...(agent.parallelToolCalls === null ? {} : { parallelToolCalls: agent.parallelToolCalls }),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    cacheKey: hexOf(sessionId),
  }
}

function effortOf({ reasoning }: Controls, { defaultEffort }: ResolvedModel): ModelRequest['reasoningEffort'] {
  return reasoning?.effort ?? reasoningEfforts.find((effort) => effort === defaultEffort)
}
