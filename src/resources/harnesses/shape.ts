// A harness on the wire.
import { z } from 'zod'
import { toWire, toWireOrNull } from '../../contract/ids.ts'
import type { CapabilityRef } from '../../turn/session-config.ts'
import type { Ctx } from '../context.ts'
import { capabilityRef } from '../shared/capability-refs.ts'
import { initialFile } from '../shared/initial-files.ts'
import { type Action, links, linksTo } from '../shared/links.ts'
import { type McpServers, mcpServers } from '../shared/mcp-servers.ts'
import { type NetworkAccessList, networkAccess } from '../shared/network-access.ts'
import { stored, unlessEmpty } from '../shared/stored.ts'
import { timestamp, toWireTime, toWireTimeOrNone } from '../shared/time.ts'
import { counts } from '../shared/use.ts'
import type { HarnessRow } from './store.ts'

export const harness = z
  .object({
    id: z.string(),
    name: z.string(),
    display_name: z.string().optional(),
    description: z.string().optional(),
    system_prompt: z.string().optional(),
    parent_harness_id: z.string().optional(),
    capabilities: z.array(capabilityRef).optional(),
    mcpServers: mcpServers.optional(),
    initial_files: z.array(initialFile).optional(),
    network_access: networkAccess.optional(),
    default_model_id: z.string().optional(),
    parallel_tool_calls: z.boolean().optional(),
    embedder_metadata: z.record(z.string(), z.string()).optional(),
    tags: z.array(z.string()),
    is_built_in: z.boolean(),
    status: z.enum(['active', 'archived', 'deleted']).meta({ id: 'HarnessStatus' }),
    archived_at: timestamp.optional(),
    deleted_at: timestamp.optional(),
    created_at: timestamp,
    updated_at: timestamp,
    ...links,
  })
  .meta({ id: 'WithUrls_Harness' })

export const harnessWithCounts = harness.extend(counts).meta({ id: 'WithUrls_ResourceWithCounts_Harness' })

/** Row → wire. */
export function toHarness(urls: Ctx['urls'], row: HarnessRow): z.input<typeof harness> {
  const id = toWire('harness', row.id)
  return {
    id,
    name: row.name,
    display_name: row.display_name ?? undefined,
    description: row.description ?? undefined,
    system_prompt: row.system_prompt ?? undefined,
    parent_harness_id: toWireOrNull('harness', row.parent_harness_id) ?? undefined,
    capabilities: unlessEmpty(stored<CapabilityRef[]>(row.capabilities)),
    mcpServers: unlessEmpty(stored<McpServers>(row.mcp_servers)),
    initial_files: unlessEmpty(stored<z.input<typeof initialFile>[]>(row.initial_files)),
    network_access: stored<NetworkAccessList | null>(row.network_access) ?? undefined,
    default_model_id: toWireOrNull('model', row.default_model_id) ?? undefined,
    parallel_tool_calls: row.parallel_tool_calls ?? undefined,
    embedder_metadata: unlessEmpty(stored<Record<string, string>>(row.embedder_metadata)),
    tags: row.tags,
    is_built_in: row.is_built_in,
    status: row.status,
    archived_at: toWireTimeOrNone(row.archived_at),
    deleted_at: toWireTimeOrNone(row.deleted_at),
    created_at: toWireTime(row.created_at),
    updated_at: toWireTime(row.updated_at),
    ...linksTo(urls, `harnesses/${id}`, `harnesses/${id}`, actionsOn(row, `harnesses/${id}`)),
  }
}

function actionsOn(row: HarnessRow, path: string): Action[] {
  const self: Action = { rel: 'self', method: 'GET', path, operation: 'get_harness' }
  const copy: Action = { rel: 'copy', method: 'POST', path: `${path}/copy`, operation: 'copy_harness' }
  const change: Action[] = [
    { rel: 'update', method: 'PATCH', path, operation: 'update_harness' },
    { rel: 'delete', method: 'DELETE', path, operation: 'delete_harness', hint: 'Archives it; it can be made active again.' },
  ]
  return [self, ...(row.status === 'active' ? [copy] : []), ...(row.is_built_in ? [] : change)]
}
