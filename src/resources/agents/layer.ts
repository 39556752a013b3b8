// An agent as a layer of a merged agent.
import type { JsonObject } from '../../contract/json.ts'
import type { CapabilityRef, ClientTool, InitialFile, Layer, NetworkAccess } from '../../turn/session-config.ts'
import { stored } from '../shared/stored.ts'
import type { AgentRow } from './store.ts'

export const agentLayer = (row: AgentRow): Layer => ({
  source: 'agent',
  id: row.id,
  name: row.name,
  systemPrompt: row.system_prompt,
  capabilities: stored<CapabilityRef[]>(row.capabilities),
  tools: stored<ClientTool[]>(row.tools),
  initialFiles: stored<InitialFile[]>(row.initial_files),
  networkAccess: row.network_access === null ? null : stored<NetworkAccess>(row.network_access),
  mcpServers: stored<JsonObject>(row.mcp_servers),
  modelId: row.default_model_id,
  maxIterations: row.max_iterations,
  parallelToolCalls: row.parallel_tool_calls,
})
