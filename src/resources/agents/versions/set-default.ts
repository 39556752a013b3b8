// POST /v1/agents/{agent_id}/versions/default
import { z } from 'zod'
import { Problem } from '../../../contract/problem.ts'
import { operation } from '../../context.ts'
import { bumpConfigRevision } from '../../organizations/store.ts'
import { wireId } from '../../shared/ids.ts'
import { refuseArchived } from '../../shared/lifecycle.ts'
import { requireAgent } from '../find.ts'
import { agent, toAgent } from '../shape.ts'
import { updateAgent } from '../store.ts'
import { requireVersion } from './find.ts'

export const setDefaultAgentVersion = operation({
  name: 'set_default_agent_version',
  route: 'POST /v1/agents/{agent_id}/versions/default',
  tag: 'agents',
  summary: 'Choose the published version of an agent that is its default.',
  needs: 'agents.manage',
  class: 'write',
  input: z.object({ agent_id: z.string(), version_id: wireId('agentVersion') }).meta({ id: 'SetDefaultAgentVersionRequest' }),
  output: agent,

  async run({ tx, orgId, urls, now }, { agent_id, version_id }) {
    await bumpConfigRevision(tx, orgId)
    const row = await requireAgent(tx, orgId, agent_id)
    refuseArchived(row)
    const version = await requireVersion(tx, orgId, row.id, version_id)
    if (!version.is_published)
      throw new Problem('bad_request', 'A draft cannot be the default version', { code: 'version_is_draft' })
    return toAgent(urls, await updateAgent(tx, orgId, row.id, { default_version_id: version.id, updated_at: now() }))
  },
})
