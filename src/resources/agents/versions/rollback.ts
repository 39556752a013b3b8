// POST /v1/agents/{agent_id}/versions/{version_id}/rollback: the agent becomes what it was; the way back is a version too.
import { z } from 'zod'
import { operation } from '../../context.ts'
import { holdOrganization } from '../../organizations/store.ts'
import { wireId } from '../../shared/ids.ts'
import { refuseArchived } from '../../shared/lifecycle.ts'
import { kib, textUpTo } from '../../shared/limits.ts'
import { requireAgent } from '../find.ts'
import { agent, toAgent } from '../shape.ts'
import { changeAgent } from '../write.ts'
import { requireVersion } from './find.ts'
import { recordVersion } from './record.ts'
import { restoredColumns } from './restore.ts'

export const rollbackAgentVersion = operation({
  name: 'rollback_agent_version',
  route: 'POST /v1/agents/{agent_id}/versions/{version_id}/rollback',
  tag: 'agents',
  summary: 'Bring an agent back to one of its versions; its name stays.',
  needs: 'agents.manage',
  class: 'write',
  input: z
    .object({
      agent_id: z.string(),
      version_id: wireId('agentVersion'),
      /** Publish the present state first. It is kept as a draft in any case. */
      save_version: z.boolean().nullish(),
      summary: textUpTo(10 * kib).nullish(),
    })
    .meta({ id: 'RollbackAgentVersionRequest' }),
  output: agent,

  async run(ctx, { agent_id, version_id, save_version, summary }) {
    const { tx, orgId, urls } = ctx
    await holdOrganization(tx, orgId)
    const row = await requireAgent(tx, orgId, agent_id)
    refuseArchived(row)
    const version = await requireVersion(tx, orgId, row.id, version_id)
    if (save_version) await recordVersion(ctx, row, { kind: 'manual', summary: 'Before the rollback' })
    const columns = await restoredColumns(ctx, version, row.harness_id)
    return toAgent(urls, await changeAgent(ctx, row, columns, { kind: 'rollback', summary, source: version.id }))
  },
})
