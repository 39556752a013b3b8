// The agent a session really runs: harness chain, agent and session merged. One pure function, used by the worker, by previews,
// by the features of a session and by session create alike, so that what is shown is what runs.
import type { CapabilityRegistry, Mount, PromptContext } from '../contract/capability.ts'
import type { JsonObject } from '../contract/json.ts'
import { treePath } from '../contract/paths.ts'
import { type AttachedCapability, attach, type RuntimeIssue } from './runtime-agent/attach.ts'
import { foldLayers } from './runtime-agent/merge.ts'
import type { NetworkRule } from './runtime-agent/network-access.ts'
import { layoutPrompt } from './runtime-agent/prompt.ts'
import { type BoundTool, toolsOf } from './runtime-agent/tools.ts'
import type { ClientTool, InitialFile, Layer } from './session-config.ts'

export { type AttachedCapability, parseConfig, type RuntimeIssue } from './runtime-agent/attach.ts'
export { promptOf } from './runtime-agent/prompt.ts'
export { type BoundTool, clientToolDefinition, jsonSchemaOf, toolDefinition, toolsOf } from './runtime-agent/tools.ts'

export interface RuntimeAgent {
  /** May be empty. */
  systemPrompt: string
  /** Dependencies before dependents, otherwise in position order; inert ones (coming_soon, retired) are among them. */
  capabilities: AttachedCapability[]
  /** Names are unique, also against `clientTools`. */
  tools: BoundTool[]
  clientTools: ClientTool[]
  /** Refs that the layers name and the registry does not know, in order. */
  unknownRefs: string[]
  /** Everything that was left out or mended, for previews and logs; unknown refs included. */
  issues: RuntimeIssue[]
  /** Paths are normalised (`/x`). */
  initialFiles: InitialFile[]
  networkAccess: NetworkRule
  mcpServers: JsonObject
  maxIterations: number | null
  parallelToolCalls: boolean | null
  /** The innermost layer's choice; the caller resolves message controls and the system default around it. */
  modelId: string | null
  /** UI feature strings, each once. */
  features: string[]
}

/** An agent without its prompt: what depends neither on the time nor on the reader's place. */
export interface MergedAgent extends Omit<RuntimeAgent, 'systemPrompt'> {
  /** The layers' own prompts, outermost first. */
  systemPrompts: string[]
}

/**
 * Merges the layers, which come outermost first (root harness … leaf harness, agent, session). Never throws: what cannot be used is
 * left out and named in `issues`. Whose layers they are (ids, names) makes no difference.
 */
export function mergedAgent(layers: readonly Layer[], registry: CapabilityRegistry): MergedAgent {
  const merged = foldLayers(layers, registry)
  const { capabilities, issues } = attach(merged, registry)
  const active = capabilities.filter(isActive)
  const tools = uniqueTools(active, issues)
  return {
    systemPrompts: merged.systemPrompts,
    capabilities,
    tools,
    clientTools: merged.clientTools.filter((client) => !hasTool(tools, client.name, issues)),
    unknownRefs: issues.flatMap((issue) => (issue.rule === 'capability.unknown' ? [issue.ref] : [])),
    issues,
    initialFiles: merged.initialFiles,
    networkAccess: merged.networkAccess,
    mcpServers: merged.mcpServers,
    maxIterations: merged.maxIterations,
    parallelToolCalls: merged.parallelToolCalls,
    modelId: merged.modelId,
    features: [...new Set(active.flatMap(({ capability }) => capability.features ?? []))],
  }
}

/** The agent as it answers an input at this time and place. Shares everything but the prompt with the merged one. */
export function prompted({ systemPrompts, ...agent }: MergedAgent, context: Omit<PromptContext, 'config'>): RuntimeAgent {
  return { systemPrompt: layoutPrompt(agent.capabilities.filter(isActive), systemPrompts, context), ...agent }
}

/** Both at once. The same layers, registry and context give the same agent, byte for byte. */
export const runtimeAgent = (
  layers: readonly Layer[],
  registry: CapabilityRegistry,
  context: Omit<PromptContext, 'config'>,
): RuntimeAgent => prompted(mergedAgent(layers, registry), context)

/** The files that the agent's capabilities put into a new session; of two at one path the first stands. Initial files come on top. */
export function mountsOf(agent: RuntimeAgent): Mount[] {
  const byPath = new Map<string, Mount>()
  for (const mount of agent.capabilities.filter(isActive).flatMap(({ capability }) => capability.mounts ?? [])) {
    const path = treePath(mount.path)
    if (path && path !== '/' && !byPath.has(path)) byPath.set(path, { ...mount, path })
  }
  return [...byPath.values()]
}

const isActive = ({ capability }: AttachedCapability): boolean =>
  capability.status !== 'coming_soon' && capability.status !== 'retired'

function uniqueTools(active: readonly AttachedCapability[], issues: RuntimeIssue[]): BoundTool[] {
  const byName = new Map<string, BoundTool>()
  for (const tool of active.flatMap(({ capability, config }) => toolsOf(capability, config))) {
    const first = byName.get(tool.name)
    if (!first) byName.set(tool.name, tool)
    else
      issues.push(duplicate(tool.name, `${tool.capabilityId} also brings ${tool.name}; the one of ${first.capabilityId} is used`))
  }
  return [...byName.values()]
}

function hasTool(tools: readonly BoundTool[], name: string, issues: RuntimeIssue[]): boolean {
  const first = tools.find((tool) => tool.name === name)
  if (first) issues.push(duplicate(name, `the client-side tool ${name} is hidden by the one of ${first.capabilityId}`))
  return first !== undefined
}

const duplicate = (ref: string, message: string): RuntimeIssue => ({ rule: 'tool.duplicate', ref, message })
