// What callers say about a session, checked.
import { z } from 'zod'
import { capabilityRefs } from '../shared/capability-refs.ts'
import { clientTools } from '../shared/client-tools.ts'
import { wireId } from '../shared/ids.ts'
import { initialFiles } from '../shared/initial-files.ts'
import { kib, mib, textUpTo, tooBig } from '../shared/limits.ts'
import { mcpServers } from '../shared/mcp-servers.ts'
import { networkAccess } from '../shared/network-access.ts'
import { tags } from '../shared/tags.ts'

const maxHintsBytes = 64 * kib

/** `uk_UA` → `uk-UA`; only languages that the runtime knows. */
export const locale = textUpTo(64).transform((text, context): string => {
  const known = knownLocale(text.trim().replaceAll('_', '-'))
  if (known) return known
  context.addIssue({ code: 'custom', message: 'is not a language tag we know (BCP 47)', input: text })
  return z.NEVER
})

function knownLocale(text: string): string | undefined {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(text)[0]
  } catch {
    return undefined // not a language tag at all
  }
}

/** The product's own marks on sessions, which callers may not forge. */
const reservedTags = ['__internal:', 'app:', 'app_channel:', 'slack:app:', 'ag_ui:app:']
export const callerTags = tags.superRefine((list, context) => {
  const reserved = list.find((tag) => reservedTags.some((prefix) => tag.startsWith(prefix)))
  if (reserved) context.addIssue({ code: 'custom', message: `the tag ${reserved} is reserved`, input: reserved })
})

export const title = textUpTo(kib)

const hints = z.record(z.string(), z.any()).superRefine((map, context) => {
  if (Buffer.byteLength(JSON.stringify(map)) > maxHintsBytes) tooBig(context, 'string', maxHintsBytes, map)
})

/** Harness, agent and model are checked against what there is (choose.ts). */
export const newSession = z
  .object({
    harness_id: z.string().nullish(),
    harness_name: z.string().nullish(),
    agent_id: z.string().nullish(),
    agent_name: z.string().nullish(),
    workspace_id: wireId('workspace').nullish(),
    model_id: z.string().nullish(),
    title: title.nullish(),
    locale: locale.nullish(),
    system_prompt: textUpTo(mib).nullish(),
    capabilities: capabilityRefs.nullish(),
    tools: clientTools.nullish(),
    initial_files: initialFiles.nullish(),
    mcpServers: mcpServers.nullish(),
    mcp_servers: mcpServers.nullish(),
    network_access: networkAccess.nullish(),
    hints: hints.nullish(),
    tags: callerTags.nullish(),
    max_iterations: z.number().int().min(0).max(10_000).nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    agent_identity_id: wireId('identity').nullish(),
  })
  .meta({ id: 'CreateSessionRequest' })
export type NewSession = z.output<typeof newSession>
