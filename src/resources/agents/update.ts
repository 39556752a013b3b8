// PATCH /v1/agents/{agent_id}: only what is given changes.
import { z } from 'zod'
import { operation } from '../context.ts'
import { holdOrganization } from '../organizations/store.ts'
import { refuseArchived, statusColumns } from '../shared/lifecycle.ts'
import { slug } from '../shared/slug.ts'
import { requireAgent } from './find.ts'
import { agentColumns, agentFields, systemPrompt } from './input.ts'
import { agent, toAgent } from './shape.ts'
import { changeAgent } from './write.ts'

export const updateAgent = operation({
  name: 'update_agent',
  route: 'PATCH /v1/agents/{agent_id}',
  tag: 'agents',
  summary: 'Change an agent; fields that are left out keep their value.',
  needs: 'agents.manage',
  class: 'write',
  input: z
    .object({
      agent_id: z.string(),
      name: slug.nullish(),
      system_prompt: systemPrompt.nullish(),
      status: z.enum(['active', 'archived', 'deleted']).nullish(),
      ...agentFields,
    })
    .meta({ id: 'UpdateAgentRequest' }),
  output: agent,
  example: { input: { agent_id: 'dad-jokes', description: 'Tells dad jokes.' } },

  async run(ctx, { agent_id, ...given }) {
    const { tx, orgId, urls, now } = ctx
    await holdOrganization(tx, orgId)
    const row = await requireAgent(tx, orgId, agent_id)
    refuseArchived(row, given.status)
    const changes = {
      ...(await agentColumns(ctx, given, row)),
      ...(given.name != null && { name: given.name }),
      ...(given.system_prompt != null && { system_prompt: given.system_prompt }),
      ...statusColumns(row, given.status, now()),
    }
    return toAgent(urls, await changeAgent(ctx, row, changes))
  },
})
