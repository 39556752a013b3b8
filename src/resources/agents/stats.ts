// GET /v1/agents/{agent_id}/stats
import { sql } from 'kysely'
import { z } from 'zod'
import { operation } from '../context.ts'
import { resourceStats, sessionStats } from '../shared/stats.ts'
import { requireAgent } from './find.ts'

export const getAgentStats = operation({
  name: 'get_agent_stats',
  route: 'GET /v1/agents/{agent_id}/stats',
  tag: 'agents',
  summary: 'The sessions of an agent, and what they took.',
  needs: 'agents.view',
  class: 'read',
  input: z.object({ agent_id: z.string() }),
  output: resourceStats,

  async run({ tx, orgId }, { agent_id }) {
    const { id } = await requireAgent(tx, orgId, agent_id)
    return sessionStats(tx, orgId, sql`s.agent_id = ${id}`)
  },
})
