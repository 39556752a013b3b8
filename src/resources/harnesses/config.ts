// GET /v1/harnesses/config
import { z } from 'zod'
import { operation } from '../context.ts'
import { policiesOf, resourceConfig } from '../shared/policies.ts'

export const harnessConfig = operation({
  name: 'harness_config',
  route: 'GET /v1/harnesses/config',
  tag: 'harnesses',
  summary: 'What you may do with harnesses.',
  needs: 'harnesses.view',
  class: 'read',
  input: z.object({}),
  output: resourceConfig,

  async run({ caller }) {
    return { policies: policiesOf(caller, 'harnesses') }
  },
})
