// A new session's row.
import type { Insertable } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import { toJsonText } from '../../contract/json.ts'
import type { Sessions } from '../../db/schema-resources.ts'
import type { Ctx } from '../context.ts'
import { withFileSystem } from '../shared/capability-refs.ts'
import { orUnrestricted } from '../shared/network-access.ts'
import type { Choice } from './choose.ts'
import type { NewSession } from './input.ts'

/** A user's principal has the user's UUID. */
export function columnsOf(ctx: Ctx, id: Uuid, given: NewSession, choice: Choice, workspaceId: Uuid): Insertable<Sessions> {
  return {
    id,
    org_id: ctx.orgId,
    workspace_id: workspaceId,
    harness_id: choice.harnessId,
    agent_id: choice.agentId,
    agent_version_id: choice.agentVersionId,
    model_id: choice.modelId,
    owner_principal_id: ctx.caller.userId,
    resolved_owner_user_id: ctx.caller.userId,
    title: given.title || null,
    locale: given.locale ?? null,
    system_prompt: given.system_prompt || null,
    tags: given.tags ?? [],
    // Zero is how some clients say that they have no limit of their own.
    max_iterations: given.max_iterations || null,
    parallel_tool_calls: given.parallel_tool_calls ?? null,
    agent_identity_id: given.agent_identity_id ?? null,
    ...jsonColumnsOf(ctx, given),
  }
}

function jsonColumnsOf({ capabilities }: Ctx, given: NewSession) {
  const files = given.initial_files ?? []
  const network = orUnrestricted(given.network_access)
  return {
    capabilities: toJsonText(withFileSystem(given.capabilities ?? [], files, capabilities)),
    tools: toJsonText(given.tools ?? []),
    initial_files: toJsonText(files),
    mcp_servers: toJsonText(given.mcpServers ?? given.mcp_servers ?? {}),
    network_access: network && toJsonText(network),
    hints: given.hints ? toJsonText(given.hints) : null,
  }
}
