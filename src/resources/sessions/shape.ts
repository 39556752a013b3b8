// A session on the wire.
import { z } from 'zod'
import { type IdKind, toWire, toWireOrNull, type Uuid } from '../../contract/ids.ts'
import type { JsonObject } from '../../contract/json.ts'
import { type TokenUsage, tokenUsage } from '../../contract/message.ts'
import type { CapabilityRef } from '../../turn/session-config.ts'
import type { Ctx } from '../context.ts'
import { capabilityRef } from '../shared/capability-refs.ts'
import { type StoredTool, toolDefinition } from '../shared/client-tools.ts'
import { initialFile } from '../shared/initial-files.ts'
import { links, linksTo } from '../shared/links.ts'
import { type McpServers, mcpServers } from '../shared/mcp-servers.ts'
import { type NetworkAccessList, networkAccess } from '../shared/network-access.ts'
import { stored, unlessEmpty } from '../shared/stored.ts'
import { timestamp, toWireTime, toWireTimeOrNone } from '../shared/time.ts'
import { actionsOn } from './actions.ts'
import { type SessionRow, sessionStatuses } from './store.ts'

const sessionStatus = z.enum(sessionStatuses).meta({ id: 'SessionStatus' })

const principal = z
  .object({ id: z.string(), kind: z.enum(['user', 'agent_identity', 'system']), subject_id: z.guid().optional() })
  .meta({ id: 'PrincipalSummary' })

export const session = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    workspace_id: z.string(),
    harness_id: z.string(),
    agent_id: z.string().optional(),
    agent_version_id: z.string().optional(),
    model_id: z.string().optional(),
    title: z.string().optional(),
    locale: z.string().optional(),
    system_prompt: z.string().optional(),
    capabilities: z.array(capabilityRef).optional(),
    tools: z.array(toolDefinition).optional(),
    initial_files: z.array(initialFile).optional(),
    mcpServers: mcpServers.optional(),
    network_access: networkAccess.optional(),
    hints: z.record(z.string(), z.any()).optional(),
    tags: z.array(z.string()),
    max_iterations: z.number().int().optional(),
    parallel_tool_calls: z.boolean().optional(),
    agent_identity_id: z.string().optional(),
    owner_principal_id: z.string(),
    resolved_owner_user_id: z.guid().optional(),
    owner: principal.optional(),
    effective_owner: principal.optional(),
    parent_session_id: z.string().optional(),
    forked_from_session_id: z.string().optional(),
    forked_from_sequence: z.number().int().optional(),
    status: sessionStatus,
    usage: tokenUsage.optional(),
    preview: z.string().optional(),
    output_preview: z.string().optional(),
    features: z.array(z.string()).optional(),
    is_pinned: z.boolean().optional(),
    started_at: timestamp.optional(),
    created_at: timestamp,
    updated_at: timestamp,
    ...links,
  })
  .meta({ id: 'WithUrls_Session' })
export type WireSession = z.input<typeof session>

/** Row → wire. `features` are the merged agent's. */
export const toSession = (urls: Ctx['urls'], row: SessionRow, features: string[]): WireSession => ({
  ...idsOf(row),
  ...configOf(row),
  ...turnsOf(row),
  features: unlessEmpty(features),
  is_pinned: row.is_pinned,
  created_at: toWireTime(row.created_at),
  updated_at: toWireTime(newerOf(row.updated_at, row.last_active_at)),
  ...linksTo(urls, `sessions/${toWire('session', row.id)}`, `sessions/${toWire('session', row.id)}/chat`, actionsOn(row)),
})

const idOrNone = (kind: IdKind, id: Uuid | null): string | undefined => toWireOrNull(kind, id) ?? undefined

function idsOf(row: SessionRow) {
  const owner = {
    id: toWire('principal', row.owner_principal_id),
    kind: 'user' as const,
    subject_id: row.resolved_owner_user_id ?? undefined,
  }
  return {
    id: toWire('session', row.id),
    organization_id: toWire('org', row.org_id),
    workspace_id: toWire('workspace', row.workspace_id),
    harness_id: toWire('harness', row.harness_id),
    agent_id: idOrNone('agent', row.agent_id),
    agent_version_id: idOrNone('agentVersion', row.agent_version_id),
    model_id: idOrNone('model', row.model_id),
    agent_identity_id: idOrNone('identity', row.agent_identity_id),
    owner_principal_id: owner.id,
    resolved_owner_user_id: row.resolved_owner_user_id ?? undefined,
    owner,
    effective_owner: owner,
    parent_session_id: idOrNone('session', row.parent_session_id),
    forked_from_session_id: idOrNone('session', row.forked_from_session_id),
    forked_from_sequence: row.forked_from_sequence ?? undefined,
  }
}

const configOf = (row: SessionRow) => ({
  title: row.title ?? undefined,
  locale: row.locale ?? undefined,
  system_prompt: row.system_prompt ?? undefined,
  capabilities: unlessEmpty(stored<CapabilityRef[]>(row.capabilities)),
  tools: unlessEmpty(stored<StoredTool[]>(row.tools).map((tool) => ({ ...tool, type: 'client_side' }))),
  initial_files: unlessEmpty(stored<z.output<typeof initialFile>[]>(row.initial_files)),
  mcpServers: unlessEmpty(stored<McpServers>(row.mcp_servers)),
  network_access: stored<NetworkAccessList | null>(row.network_access) ?? undefined,
  hints: stored<JsonObject | null>(row.hints) ?? undefined,
  tags: row.tags,
  max_iterations: row.max_iterations ?? undefined,
  parallel_tool_calls: row.parallel_tool_calls ?? undefined,
})

const turnsOf = (row: SessionRow) => ({
  status: row.status,
  usage: row.turns === null ? undefined : usageOf(row),
  preview: row.preview ?? undefined,
  output_preview: row.output_preview ?? undefined,
  started_at: toWireTimeOrNone(row.started_at),
})

/** Everything the session's ended turns used. */
export const usageOf = (row: SessionRow): Required<Omit<TokenUsage, 'effective_cost_usd'>> => ({
  input_tokens: row.input_tokens ?? 0,
  output_tokens: row.output_tokens ?? 0,
  cache_read_tokens: row.cache_read_tokens ?? 0,
  cache_creation_tokens: row.cache_creation_tokens ?? 0,
  actual_cost_usd: row.actual_cost_usd ?? 0,
  estimated_cost_usd: row.estimated_cost_usd ?? 0,
})

const newerOf = (updated: Date, active: Date | null): Date => (active && active > updated ? active : updated)
