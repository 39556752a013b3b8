// An agent as a file: front matter, then the prompt. Reading it back gives the same agent.
import { toWire, toWireOrNull } from '../../../contract/ids.ts'
import type { Json } from '../../../contract/json.ts'
import type { CapabilityRef } from '../../../turn/session-config.ts'
import { stored } from '../../shared/stored.ts'
import type { AgentRow } from '../store.ts'

/** `harnessName` rather than its id, so that the file means something elsewhere. */
export function agentFile(row: AgentRow, harnessName: string): string {
  // A body is trimmed when it is read; a prompt that would lose something stands in the head.
  const plainBody = row.system_prompt === row.system_prompt.trim() && row.system_prompt !== ''
  const fields: Record<string, Json> = {
    id: toWire('agent', row.id),
    name: row.name,
    display_name: row.display_name,
    description: row.description,
    default_model_id: toWireOrNull('model', row.default_model_id),
    harness_name: harnessName,
    tags: row.tags,
    capabilities: stored<CapabilityRef[]>(row.capabilities).map(({ ref, config }) =>
      config === undefined ? ref : { ref, config },
    ),
    initial_files: row.initial_files,
    mcpServers: row.mcp_servers,
    tools: row.tools,
    network_access: row.network_access,
    max_iterations: row.max_iterations,
    parallel_tool_calls: row.parallel_tool_calls,
    ...(plainBody ? {} : { system_prompt: row.system_prompt }),
  }
  const head = Object.entries(fields).filter(([, value]) => says(value))
  return `---\n${head.map(([key, value]) => yamlEntry(key, value)).join('')}---\n${plainBody ? `\n${row.system_prompt}\n` : ''}`
}

const says = (value: Json): boolean => value !== null && (typeof value !== 'object' || Object.keys(value).length > 0)

/** A list gets a line per item; everything else is one line, because JSON is YAML. */
const yamlEntry = (key: string, value: Json): string =>
  Array.isArray(value) ? `${key}:\n${value.map((item) => `  - ${scalar(item)}\n`).join('')}` : `${key}: ${scalar(value)}\n`

/** Plain where nobody could read it as anything else. */
const scalar = (value: Json): string =>
  typeof value === 'string' && /^[a-z][a-z0-9_-]*$/.test(value) && !/^(true|false|null|yes|no|on|off)$/.test(value)
    ? value
    : JSON.stringify(value)
