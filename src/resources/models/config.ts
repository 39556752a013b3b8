// GET /v1/models/config
import { z } from 'zod'
import { operation } from '../context.ts'
import { policiesOf, resourceConfig } from '../shared/policies.ts'

export const modelConfig = operation({
  name: 'model_config',
  route: 'GET /v1/models/config',
  tag: 'models',
  summary: 'What you may do with models.',
  needs: 'models.view',
  class: 'read',
  input: z.object({}),
  output: resourceConfig,

  async run({ caller }) {
    return { policies: policiesOf(caller, 'models') }
  },
})
