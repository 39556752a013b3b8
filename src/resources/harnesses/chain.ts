// A harness with everything it inherits, and as layers of a merged agent.
import type { Kysely } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import type { JsonObject } from '../../contract/json.ts'
import type { Database } from '../../db/schema.ts'
import type { CapabilityRef, InitialFile, Layer, NetworkAccess } from '../../turn/session-config.ts'
import { stored } from '../shared/stored.ts'
import { chainOf, type HarnessRow } from './store.ts'

/** Root first, the harness itself last; empty when there is no such harness. Inheritance is live, archived parents included. */
export const harnessChain = (tx: Kysely<Database>, orgId: Uuid, harnessId: Uuid): Promise<HarnessRow[]> =>
  chainOf(tx, orgId, harnessId)

export const harnessLayer = (row: HarnessRow): Layer => ({
  source: 'harness',
  id: row.id,
  name: row.name,
  systemPrompt: row.system_prompt,
  capabilities: stored<CapabilityRef[]>(row.capabilities),
  tools: [],
  initialFiles: stored<InitialFile[]>(row.initial_files),
  networkAccess: stored<NetworkAccess | null>(row.network_access),
  mcpServers: stored<JsonObject>(row.mcp_servers),
  modelId: row.default_model_id,
  maxIterations: null,
  parallelToolCalls: row.parallel_tool_calls,
})
