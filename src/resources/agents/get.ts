// GET /v1/agents/{agent_id}: by id or name.
import { z } from 'zod'
import { operation } from '../context.ts'
import { useOf } from '../shared/use.ts'
import { requireAgent } from './find.ts'
import { agentWithCounts, toAgentWithCounts } from './shape.ts'

export const getAgent = operation({
  name: 'get_agent',
  route: 'GET /v1/agents/{agent_id}',
  tag: 'agents',
  summary: 'Read one agent by id or name.',
  needs: 'agents.view',
  class: 'read',
  input: z.object({ agent_id: z.string() }),
  output: agentWithCounts,

  async run({ tx, orgId, urls }, { agent_id }) {
    const row = await requireAgent(tx, orgId, agent_id)
    const use = await useOf(tx, orgId, 'agent_id', [row.id])
    return toAgentWithCounts(urls, row, use.get(row.id))
  },
})
