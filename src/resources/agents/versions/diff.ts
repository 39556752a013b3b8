// GET /v1/agents/{agent_id}/versions/{from_version_id}/diff/{to_version_id}
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { toWire } from '../../../contract/ids.ts'
import type { Json, JsonObject } from '../../../contract/json.ts'
import { operation } from '../../context.ts'
import { wireId } from '../../shared/ids.ts'
import { stored } from '../../shared/stored.ts'
import { requireAgent } from '../find.ts'
import { requireVersion } from './find.ts'

const difference = z.record(z.string(), z.object({ from: z.any(), to: z.any() }))

export const diffAgentVersions = operation({
  name: 'diff_agent_versions',
  route: 'GET /v1/agents/{agent_id}/versions/{from_version_id}/diff/{to_version_id}',
  tag: 'agents',
  summary: 'What differs between two versions of an agent, field by field.',
  needs: 'agents.view',
  class: 'read',
  input: z.object({
    agent_id: z.string(),
    from_version_id: wireId('agentVersion'),
    to_version_id: wireId('agentVersion'),
  }),
  output: z
    .object({
      from_version_id: z.string(),
      to_version_id: z.string(),
      authored_diff: difference,
      resolved_diff: difference,
    })
    .meta({ id: 'AgentVersionDiffResponse' }),

  async run({ tx, orgId }, { agent_id, from_version_id, to_version_id }) {
    const { id } = await requireAgent(tx, orgId, agent_id)
    const from = await requireVersion(tx, orgId, id, from_version_id)
    const to = await requireVersion(tx, orgId, id, to_version_id)
    return {
      from_version_id: toWire('agentVersion', from.id),
      to_version_id: toWire('agentVersion', to.id),
      authored_diff: differences(from.authored_config, to.authored_config),
      resolved_diff: differences(from.resolved_config, to.resolved_config),
    }
  },
})

/** `{field: {from, to}}` of the fields that differ; a field that is missing counts as null. */
function differences(from: Json, to: Json): Record<string, { from: Json; to: Json }> {
  const [before, after] = [stored<JsonObject>(from ?? {}), stored<JsonObject>(to ?? {})]
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const changed = fields.filter((field) => !isDeepStrictEqual(before[field] ?? null, after[field] ?? null))
  return Object.fromEntries(changed.map((field) => [field, { from: before[field] ?? null, to: after[field] ?? null }]))
}
