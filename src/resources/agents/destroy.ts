// POST /v1/agents/{agent_id}/delete: for good, from archived only. Sessions that ran on it keep its id.
import { z } from 'zod'
import { operation } from '../context.ts'
import { bumpConfigRevision } from '../organizations/store.ts'
import { refuseUnarchived } from '../shared/lifecycle.ts'
import { requireAgent } from './find.ts'
import { updateAgent } from './store.ts'

export const destroyAgent = operation({
  name: 'destroy_agent',
  route: 'POST /v1/agents/{agent_id}/delete',
  tag: 'agents',
  summary: 'Delete an archived agent for good.',
  needs: 'agents.dangerous',
  class: 'write',
  input: z.object({ agent_id: z.string() }),
  output: z.void(),
  status: 204,

  async run({ tx, orgId, now }, { agent_id }) {
    await bumpConfigRevision(tx, orgId)
    const row = await requireAgent(tx, orgId, agent_id)
    refuseUnarchived(row)
    await updateAgent(tx, orgId, row.id, { status: 'deleted', deleted_at: now(), updated_at: now() })
  },
})
