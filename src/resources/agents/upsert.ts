// PUT /v1/agents/{agent_id}: the whole agent, created under this id or name when it is not there.
import { z } from 'zod'
import { answer } from '../../contract/operation.ts'
import { Problem } from '../../contract/problem.ts'
import { operation } from '../context.ts'
import { holdOrganization } from '../organizations/store.ts'
import { type NameOrId, nameOrId } from '../shared/ids.ts'
import { wholeAgent } from './input.ts'
import { agent, toAgent } from './shape.ts'
import { findAgent } from './store.ts'
import { createWhole, replaceWhole, type WholeAgent } from './write.ts'

export const upsertAgent = operation({
  name: 'upsert_agent',
  route: 'PUT /v1/agents/{agent_id}',
  tag: 'agents',
  summary: 'Create or fully replace an agent by id or name.',
  needs: 'agents.manage',
  class: 'write',
  input: z.object({ agent_id: z.string(), ...wholeAgent }),
  output: agent,

  async run(ctx, { agent_id, ...given }) {
    const which = nameOrId('agent', agent_id)
    await holdOrganization(ctx.tx, ctx.orgId)
    const existing = await findAgent(ctx.tx, ctx.orgId, which)
    refuseOther(existing ? { id: existing.id } : which, given)
    const id = 'id' in which ? which.id : (given.id ?? undefined)
    const row = existing ? await replaceWhole(ctx, existing, given) : await createWhole(ctx, given, id)
    return answer(toAgent(ctx.urls, row), { status: existing ? 200 : 201 })
  },
})

/** The body may repeat what the path says, not contradict it: an existing agent can be renamed, an id never changes. */
function refuseOther(which: NameOrId, { id, name }: WholeAgent): void {
  const contradicts = 'id' in which ? id && id !== which.id : name !== which.name
  if (contradicts) throw new Problem('bad_request', 'The path and the body name different agents')
}
