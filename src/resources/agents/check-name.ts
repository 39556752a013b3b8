// GET /v1/agents/check-name
import { z } from 'zod'
import { fromWire } from '../../contract/ids.ts'
import { operation } from '../context.ts'
import { nameAnswer, nameQuery } from '../shared/check-name.ts'
import { isSlug } from '../shared/slug.ts'
import { findAgentByName } from './store.ts'

export const checkAgentName = operation({
  name: 'check_agent_name',
  route: 'GET /v1/agents/check-name',
  tag: 'agents',
  summary: 'Whether an agent may be called so.',
  needs: 'agents.view',
  class: 'read',
  input: z.object(nameQuery),
  output: nameAnswer.meta({ id: 'CheckAgentNameResponse' }),

  async run({ tx, orgId }, { name, exclude_id }) {
    if (!isSlug(name)) return { available: false }
    const holder = await findAgentByName(tx, orgId, name)
    return { available: !holder || (!!exclude_id && holder.id === fromWire('agent', exclude_id)) }
  },
})
