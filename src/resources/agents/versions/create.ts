// POST /v1/agents/{agent_id}/versions: publishes what the agent is now.
import { z } from 'zod'
import { operation } from '../../context.ts'
import { holdOrganization } from '../../organizations/store.ts'
import { refuseArchived } from '../../shared/lifecycle.ts'
import { kib, textUpTo } from '../../shared/limits.ts'
import { requireAgent } from '../find.ts'
import { recordVersion } from './record.ts'
import { agentVersion, changeKind, toVersion } from './shape.ts'

export const createAgentVersion = operation({
  name: 'create_agent_version',
  route: 'POST /v1/agents/{agent_id}/versions',
  tag: 'agents',
  summary: 'Publish the current configuration of an agent as a version.',
  needs: 'agents.manage',
  class: 'write',
  input: z
    .object({ agent_id: z.string(), change_kind: changeKind.nullish(), summary: textUpTo(10 * kib).nullish() })
    .meta({ id: 'CreateAgentVersionRequest' }),
  output: agentVersion,

  async run(ctx, { agent_id, change_kind, summary }) {
    await holdOrganization(ctx.tx, ctx.orgId)
    const row = await requireAgent(ctx.tx, ctx.orgId, agent_id)
    refuseArchived(row)
    return toVersion(await recordVersion(ctx, row, { kind: change_kind ?? 'manual', summary }))
  },
})
