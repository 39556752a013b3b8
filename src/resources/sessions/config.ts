import { z } from 'zod'
import { operation } from '../context.ts'
import { policiesOf, resourceConfig } from '../shared/policies.ts'

export const sessionConfig = operation({
  name: 'session_config',
  route: 'GET /v1/sessions/config',
  tag: 'sessions',
  summary: 'What the caller may do with sessions.',
  needs: 'sessions.view',
  class: 'read',
  input: z.object({}),
  output: resourceConfig,
  run: async ({ caller }) => ({ policies: policiesOf(caller, 'sessions') }),
})
