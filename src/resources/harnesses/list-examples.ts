// GET /v1/harness-examples: a bare list.
import { z } from 'zod'
import { operation } from '../context.ts'
import { harnessExamples } from './example-catalogue.ts'

const harnessExample = z
  .object({
    name: z.string(),
    display_name: z.string(),
    description: z.string(),
    tags: z.array(z.string()),
    capabilities: z.array(z.string()),
    parent_name: z.string().optional(),
    dev_only: z.boolean(),
  })
  .meta({ id: 'HarnessExample' })

export const listHarnessExamples = operation({
  name: 'list_harness_examples',
  route: 'GET /v1/harness-examples',
  tag: 'harnesses',
  summary: 'Harnesses to start from.',
  needs: 'harnesses.view',
  class: 'read',
  input: z.object({}),
  output: z.array(harnessExample),

  async run({ capabilities }) {
    return harnessExamples(capabilities).map(({ system_prompt: _, ...example }) => ({ ...example, parent_name: 'generic' }))
  },
})
