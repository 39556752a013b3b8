// A session as the innermost layer of the agent it runs.
import type { Selectable } from 'kysely'
import type { JsonObject } from '../../contract/json.ts'
import type { Sessions } from '../../db/schema-resources.ts'
import type { CapabilityRef, ClientTool, InitialFile, Layer, NetworkAccess } from '../../turn/session-config.ts'
import { stored } from '../shared/stored.ts'

/** The columns that make a session's own layer. */
export type LayerColumns = Pick<
  Selectable<Sessions>,
  | 'id'
  | 'title'
  | 'system_prompt'
  | 'capabilities'
  | 'tools'
  | 'initial_files'
  | 'network_access'
  | 'mcp_servers'
  | 'model_id'
  | 'max_iterations'
  | 'parallel_tool_calls'
>

export const sessionLayer = (row: LayerColumns): Layer => ({
  source: 'session',
  id: row.id,
  name: row.title,
  systemPrompt: row.system_prompt,
  capabilities: stored<CapabilityRef[]>(row.capabilities),
  tools: stored<ClientTool[]>(row.tools),
  initialFiles: stored<InitialFile[]>(row.initial_files),
  networkAccess: stored<NetworkAccess | null>(row.network_access),
  mcpServers: stored<JsonObject>(row.mcp_servers),
  modelId: row.model_id,
  maxIterations: row.max_iterations,
  parallelToolCalls: row.parallel_tool_calls,
})
