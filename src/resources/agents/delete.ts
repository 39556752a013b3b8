// DELETE /v1/agents/{agent_id}: archives. Again is fine.
import { z } from 'zod'
import { operation } from '../context.ts'
import { bumpConfigRevision } from '../organizations/store.ts'
import { requireAgent } from './find.ts'
import { updateAgent } from './store.ts'

export const deleteAgent = operation({
  name: 'delete_agent',
  route: 'DELETE /v1/agents/{agent_id}',
  tag: 'agents',
  summary: 'Archive an agent: still readable, no longer offered.',
  needs: 'agents.manage',
  class: 'write',
  input: z.object({ agent_id: z.string() }),
  output: z.void(),
  status: 204,

  async run({ tx, orgId, now }, { agent_id }) {
    await bumpConfigRevision(tx, orgId)
    const row = await requireAgent(tx, orgId, agent_id)
    if (row.status !== 'active') return
    await updateAgent(tx, orgId, row.id, { status: 'archived', archived_at: now(), updated_at: now() })
  },
})
