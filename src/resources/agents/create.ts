// POST /v1/agents: creates; what has the same id, else the same name, is replaced instead (the SDKs’ apply and applyByName).
import { z } from 'zod'
import { answer } from '../../contract/operation.ts'
import { Problem } from '../../contract/problem.ts'
import { type Ctx, operation } from '../context.ts'
import { holdOrganization } from '../organizations/store.ts'
import { agentNameTaken } from './find.ts'
import { wholeAgent } from './input.ts'
import { agent, toAgent } from './shape.ts'
import { type AgentRow, findAgentById, findAgentByName } from './store.ts'
import { createWhole, replaceWhole, type WholeAgent } from './write.ts'

export const createAgent = operation({
  name: 'create_agent',
  route: 'POST /v1/agents',
  tag: 'agents',
  summary: 'Create an agent, or replace the one with this id or name (its old configuration stays as a version).',
  needs: 'agents.manage',
  class: 'write',
  input: z
    .object({
      ...wholeAgent,
      /** What happens when there is one already. */
      on_conflict: z.enum(['update', 'error']).default('update'),
    })
    .meta({ id: 'CreateAgentRequest' }),
  output: agent,
  status: 201,
  example: { input: { name: 'dad-jokes', system_prompt: 'You tell dad jokes.', capabilities: ['current_time'] } },

  async run(ctx, { on_conflict, ...given }) {
    await holdOrganization(ctx.tx, ctx.orgId)
    const existing = await sameAs(ctx, given)
    if (existing && on_conflict === 'error') refuse(existing, given)
    const row = existing ? await replaceWhole(ctx, existing, given) : await createWhole(ctx, given, given.id ?? undefined)
    return answer(toAgent(ctx.urls, row), { status: existing ? 200 : 201 })
  },
})

const sameAs = async ({ tx, orgId }: Ctx, { id, name }: WholeAgent): Promise<AgentRow | undefined> =>
  (id ? await findAgentById(tx, orgId, id) : undefined) ?? findAgentByName(tx, orgId, name)

function refuse(existing: AgentRow, { id, name }: WholeAgent): never {
  if (existing.id !== id) agentNameTaken(name)
  throw new Problem('conflict', 'There is already an agent with this id', { code: 'agent_id_taken' })
}
