// What people write into an agent and into a harness alike, and the columns it becomes.
import { z } from 'zod'
import { type Json, toJsonText } from '../../contract/json.ts'
import type { CapabilityRef } from '../../turn/session-config.ts'
import type { Ctx } from '../context.ts'
import { chosenModel } from '../models/choose.ts'
import { capabilityRefs, checkCapabilities, withFileSystem } from './capability-refs.ts'
import { initialFiles } from './initial-files.ts'
import { kib, textUpTo } from './limits.ts'
import { mcpServers } from './mcp-servers.ts'
import { networkAccess, orUnrestricted } from './network-access.ts'
import { stored } from './stored.ts'
import { tags } from './tags.ts'

/** Left out keeps (or, on create, is empty); null clears texts, numbers and the model, and keeps lists and maps. */
export const authoredFields = {
  display_name: textUpTo(255).nullish(),
  description: textUpTo(10 * kib).nullish(),
  capabilities: capabilityRefs.nullish(),
  mcpServers: mcpServers.nullish(),
  mcp_servers: mcpServers.nullish(),
  initial_files: initialFiles.nullish(),
  network_access: networkAccess.nullish(),
  default_model_id: z.string().nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  tags: tags.nullish(),
}
const fields = z.object(authoredFields)
type Given = z.output<typeof fields>

/** What the row holds before the change; nothing for a new one. */
interface Current {
  capabilities: Json
  initial_files: Json
}
const nothing: Current = { capabilities: [], initial_files: [] }

/** The columns of what is given, and of nothing else. Problems of checkCapabilities and chosenModel. */
export async function authoredColumns(ctx: Ctx, given: Given, current: Current = nothing) {
  const { display_name, description, parallel_tool_calls, tags: words, network_access, initial_files } = given
  const servers = given.mcpServers ?? given.mcp_servers
  return {
    ...(display_name !== undefined && { display_name }),
    ...(description !== undefined && { description }),
    ...(parallel_tool_calls !== undefined && { parallel_tool_calls }),
    ...capabilityColumn(ctx, given, current),
    ...(servers && { mcp_servers: toJsonText(servers) }),
    ...(initial_files && { initial_files: toJsonText(initial_files) }),
    ...(network_access && { network_access: networkColumn(network_access) }),
    ...(words && { tags: words }),
    ...(given.default_model_id !== undefined && { default_model_id: await modelColumn(ctx, given.default_model_id) }),
  }
}

function capabilityColumn(ctx: Ctx, given: Given, current: Current): { capabilities?: string } {
  if (given.capabilities) checkCapabilities(ctx, given.capabilities)
  if (!given.capabilities && !given.initial_files) return {}
  const refs = given.capabilities ?? stored<CapabilityRef[]>(current.capabilities)
  const files = given.initial_files ?? stored<unknown[]>(current.initial_files)
  return { capabilities: toJsonText(withFileSystem(refs, files, ctx.capabilities)) }
}

/** `{}` lifts every restriction. */
function networkColumn(access: z.output<typeof networkAccess>): string | null {
  const restrictions = orUnrestricted(access)
  return restrictions && toJsonText(restrictions)
}

const modelColumn = async ({ tx, orgId }: Ctx, text: string | null) => (text ? chosenModel(tx, orgId, text) : null)
