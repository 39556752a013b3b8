// An agent on the wire.
import { z } from 'zod'
import { toWire, toWireOrNull } from '../../contract/ids.ts'
import { tokenUsage } from '../../contract/message.ts'
import type { CapabilityRef } from '../../turn/session-config.ts'
import type { Ctx } from '../context.ts'
import { capabilityRef } from '../shared/capability-refs.ts'
import { type StoredTool, toolDefinition } from '../shared/client-tools.ts'
import { initialFile } from '../shared/initial-files.ts'
import { type Action, links, linksTo } from '../shared/links.ts'
import { type McpServers, mcpServers } from '../shared/mcp-servers.ts'
import { type NetworkAccessList, networkAccess } from '../shared/network-access.ts'
import { stored, unlessEmpty } from '../shared/stored.ts'
import { timestamp, toWireTime, toWireTimeOrNone } from '../shared/time.ts'
import { counts, type Use } from '../shared/use.ts'
import type { AgentRow } from './store.ts'

export const agent = z
  .object({
    id: z.string(),
    name: z.string(),
    display_name: z.string().optional(),
    description: z.string().optional(),
    system_prompt: z.string(),
    harness_id: z.string(),
    capabilities: z.array(capabilityRef).optional(),
    tools: z.array(toolDefinition).optional(),
    mcpServers: mcpServers.optional(),
    initial_files: z.array(initialFile).optional(),
    network_access: networkAccess.optional(),
    default_model_id: z.string().optional(),
    /** What the official TypeScript SDK calls `default_model_id`. */
    model: z.string().optional(),
    max_iterations: z.number().int().optional(),
    parallel_tool_calls: z.boolean().optional(),
    tags: z.array(z.string()),
    status: z.enum(['active', 'archived', 'deleted']).meta({ id: 'AgentStatus' }),
    default_version_id: z.string().optional(),
    forked_from_agent_id: z.string().optional(),
    forked_from_version_id: z.string().optional(),
    root_agent_id: z.string().optional(),
    archived_at: timestamp.optional(),
    deleted_at: timestamp.optional(),
    created_at: timestamp,
    updated_at: timestamp,
    usage: tokenUsage.optional(),
    ...links,
  })
  .meta({ id: 'WithUrls_Agent' })
export const agentWithCounts = agent.extend(counts).meta({ id: 'WithUrls_ResourceWithCounts_Agent' })

type WireAgent = z.input<typeof agent>

/** Row → wire. */
export function toAgent(urls: Ctx['urls'], row: AgentRow): WireAgent {
  const id = toWire('agent', row.id)
  return {
    id,
    ...authored(row),
    status: row.status,
    ...lineage(row),
    archived_at: toWireTimeOrNone(row.archived_at),
    deleted_at: toWireTimeOrNone(row.deleted_at),
    created_at: toWireTime(row.created_at),
    updated_at: toWireTime(row.updated_at),
    ...linksTo(urls, `agents/${id}`, `agents/${id}`, actionsOn(row, `agents/${id}`)),
  }
}

/** The same with how much it is used. */
export const toAgentWithCounts = (urls: Ctx['urls'], row: AgentRow, use: Use | undefined): z.input<typeof agentWithCounts> => ({
  ...toAgent(urls, row),
  ...(use ? { usage: use.usage } : {}),
  session_count: use?.sessionCount ?? 0,
  app_count: 0,
})

function authored(row: AgentRow) {
  const default_model_id = toWireOrNull('model', row.default_model_id) ?? undefined
  return {
    name: row.name,
    display_name: row.display_name ?? undefined,
    description: row.description ?? undefined,
    system_prompt: row.system_prompt,
    harness_id: toWire('harness', row.harness_id),
    capabilities: unlessEmpty(stored<CapabilityRef[]>(row.capabilities)),
    tools: unlessEmpty(stored<(StoredTool & { type: string })[]>(row.tools)),
    mcpServers: unlessEmpty(stored<McpServers>(row.mcp_servers)),
    initial_files: unlessEmpty(stored<z.input<typeof initialFile>[]>(row.initial_files)),
    network_access: row.network_access === null ? undefined : stored<NetworkAccessList>(row.network_access),
    default_model_id,
    model: default_model_id,
    max_iterations: row.max_iterations ?? undefined,
    parallel_tool_calls: row.parallel_tool_calls ?? undefined,
    tags: row.tags,
  }
}

const lineage = (row: AgentRow) => ({
  default_version_id: toWireOrNull('agentVersion', row.default_version_id) ?? undefined,
  forked_from_agent_id: toWireOrNull('agent', row.forked_from_agent_id) ?? undefined,
  forked_from_version_id: toWireOrNull('agentVersion', row.forked_from_version_id) ?? undefined,
  root_agent_id: toWireOrNull('agent', row.root_agent_id) ?? undefined,
})

function actionsOn(row: AgentRow, path: string): Action[] {
  const copy: Action = { rel: 'copy', method: 'POST', path: `${path}/copy`, operation: 'copy_agent' }
  return [
    { rel: 'self', method: 'GET', path, operation: 'get_agent' },
    { rel: 'update', method: 'PATCH', path, operation: 'update_agent' },
    { rel: 'versions', method: 'GET', path: `${path}/versions`, operation: 'list_agent_versions' },
    ...(row.status === 'active' ? [copy] : []),
    { rel: 'delete', method: 'DELETE', path, operation: 'delete_agent', hint: 'Archives it; it can be made active again.' },
  ]
}
