// GET /v1/agents
import { z } from 'zod'
import { pageOf, pageQuery } from '../../contract/page.ts'
import { operation } from '../context.ts'
import { withAlias } from '../shared/list-alias.ts'
import { pageOfRows } from '../shared/paging.ts'
import { flag } from '../shared/query.ts'
import { useOf } from '../shared/use.ts'
import { agentWithCounts, toAgentWithCounts } from './shape.ts'
import { agentsOfOrg } from './store.ts'

export const listAgents = operation({
  name: 'list_agents',
  route: 'GET /v1/agents',
  tag: 'agents',
  summary: 'List the agents, newest first.',
  needs: 'agents.view',
  class: 'read',
  input: z.object({ search: z.string().nullish(), include_archived: flag.nullish(), ...pageQuery }),
  output: pageOf(agentWithCounts).meta({ id: 'PaginatedResponse_WithUrls_ResourceWithCounts_Agent' }),

  async run({ tx, orgId, urls }, query) {
    const { rows, total } = await agentsOfOrg(tx, orgId, query)
    const use = await useOf(
      tx,
      orgId,
      'agent_id',
      rows.map(({ id }) => id),
    )
    const data = rows.map((row) => toAgentWithCounts(urls, row, use.get(row.id)))
    return withAlias(pageOfRows(urls, 'agents', query, data, total), 'agents')
  },
})
