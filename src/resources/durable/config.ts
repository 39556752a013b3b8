// GET /v1/durable/config
import { z } from 'zod'
import { operation } from '../context.ts'
import { policiesOf, resourceConfig } from '../shared/policies.ts'

export const durableConfig = operation({
  name: 'durable_config',
  route: 'GET /v1/durable/config',
  tag: 'durable',
  summary: 'What you may do with the engine.',
  needs: 'durable.view',
  class: 'read',
  input: z.object({}),
  output: resourceConfig,

  async run({ caller }) {
    return { policies: policiesOf(caller, 'durable') }
  },
})
