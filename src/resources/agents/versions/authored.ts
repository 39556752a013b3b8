// What a version remembers: everything a person wrote into the agent, in wire form, and what it came to with its harness.
import { createHash } from 'node:crypto'
import { fromWire, toWire, toWireOrNull } from '../../../contract/ids.ts'
import { type Json, type JsonObject, toJsonText } from '../../../contract/json.ts'
import type { RuntimeAgent } from '../../../turn/runtime-agent.ts'
import { stored } from '../../shared/stored.ts'
import type { AgentRow } from '../store.ts'

export const authoredConfig = (row: AgentRow): JsonObject => ({
  name: row.name,
  display_name: row.display_name,
  description: row.description,
  system_prompt: row.system_prompt,
  harness_id: toWire('harness', row.harness_id),
  capabilities: row.capabilities,
  tools: row.tools,
  initial_files: row.initial_files,
  mcpServers: row.mcp_servers,
  network_access: row.network_access,
  default_model_id: toWireOrNull('model', row.default_model_id),
  max_iterations: row.max_iterations,
  parallel_tool_calls: row.parallel_tool_calls,
  tags: row.tags,
})

/** Names the content: the same authored config has the same hash. */
export const configHash = (config: JsonObject): string => createHash('sha256').update(toJsonText(config)).digest('hex')

/** With everything inherited; texts of files are left to the authored part. */
export const resolvedConfig = (agent: RuntimeAgent, prompts: (string | null)[]): JsonObject => ({
  system_prompt: prompts.filter(Boolean).join('\n\n'),
  capabilities: agent.capabilities.map(({ capability, config }) => ({ ref: capability.id, config })),
  tools: [...agent.tools, ...agent.clientTools].map(({ name }) => name),
  initial_files: agent.initialFiles.map(({ path }) => path),
  mcp_servers: Object.keys(agent.mcpServers),
  default_model_id: toWireOrNull('model', agent.modelId),
  max_iterations: agent.maxIterations,
  parallel_tool_calls: agent.parallelToolCalls,
})

interface Authored {
  name: string
  display_name: string | null
  description: string | null
  system_prompt: string
  harness_id: string
  capabilities: Json
  tools: Json
  initial_files: Json
  mcpServers: Json
  network_access: Json
  default_model_id: string | null
  max_iterations: number | null
  parallel_tool_calls: boolean | null
  tags: string[]
}

/** The columns a version was made of; the agent's name and harness apart, which may belong to others by now. */
export function columnsOf(config: Json) {
  const authored = stored<Authored>(config ?? {})
  const { name: _, harness_id: __, mcpServers, default_model_id, ...rest } = authored
  return {
    ...rest,
    capabilities: toJsonText(authored.capabilities),
    tools: toJsonText(authored.tools),
    initial_files: toJsonText(authored.initial_files),
    mcp_servers: toJsonText(mcpServers),
    network_access: authored.network_access === null ? null : toJsonText(authored.network_access),
    default_model_id: default_model_id === null ? null : fromWire('model', default_model_id),
  }
}

export const namesOf = (config: Json): { name: string; harness_id: string } => stored<Authored>(config ?? {})
