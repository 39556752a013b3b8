// GET /v1/agents/{agent_id}/versions: a bare list, newest first.
import { z } from 'zod'
import { operation } from '../../context.ts'
import { requireAgent } from '../find.ts'
import { agentVersion, toVersion } from './shape.ts'
import { versionsOf } from './store.ts'

export const listAgentVersions = operation({
  name: 'list_agent_versions',
  route: 'GET /v1/agents/{agent_id}/versions',
  tag: 'agents',
  summary: 'The versions of an agent, drafts included.',
  needs: 'agents.view',
  class: 'read',
  input: z.object({ agent_id: z.string() }),
  output: z.array(agentVersion),

  async run({ tx, orgId }, { agent_id }) {
    const { id } = await requireAgent(tx, orgId, agent_id)
    return (await versionsOf(tx, orgId, id)).map(toVersion)
  },
})
