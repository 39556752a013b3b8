// GET /v1/agents/config
import { z } from 'zod'
import { operation } from '../context.ts'
import { policiesOf, resourceConfig } from '../shared/policies.ts'

export const agentConfig = operation({
  name: 'agent_config',
  route: 'GET /v1/agents/config',
  tag: 'agents',
  summary: 'What you may do with agents.',
  needs: 'agents.view',
  class: 'read',
  input: z.object({}),
  output: resourceConfig,

  async run({ caller }) {
    return { policies: policiesOf(caller, 'agents') }
  },
})
