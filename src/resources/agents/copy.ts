// POST /v1/agents/{agent_id}/copy
import { z } from 'zod'
import { operation } from '../context.ts'
import { holdOrganization } from '../organizations/store.ts'
import { copyName, copyTitle } from '../shared/free-name.ts'
import { refuseArchived } from '../shared/lifecycle.ts'
import { requireAgent } from './find.ts'
import { agent, toAgent } from './shape.ts'
import { findAgentByName } from './store.ts'
import { authoredConfig, columnsOf } from './versions/authored.ts'
import { addAgent } from './write.ts'

export const copyAgent = operation({
  name: 'copy_agent',
  route: 'POST /v1/agents/{agent_id}/copy',
  tag: 'agents',
  summary: 'Copy an agent under a new name.',
  needs: 'agents.manage',
  class: 'write',
  input: z.object({ agent_id: z.string() }),
  output: agent,
  status: 201,

  async run(ctx, { agent_id }) {
    const { tx, orgId, urls } = ctx
    await holdOrganization(tx, orgId)
    const row = await requireAgent(tx, orgId, agent_id)
    refuseArchived(row)
    const name = await copyName(row.name, async (candidate) => !!(await findAgentByName(tx, orgId, candidate)))
    const columns = { ...columnsOf(authoredConfig(row)), harness_id: row.harness_id, display_name: copyTitle(row.display_name) }
    return toAgent(urls, await addAgent(ctx, { ...columns, name }))
  },
})
