// POST /v1/harnesses/import?from-example=…: adopts an example.
import { z } from 'zod'
import { toJsonText } from '../../contract/json.ts'
import { Problem } from '../../contract/problem.ts'
import { operation } from '../context.ts'
import { holdOrganization } from '../organizations/store.ts'
import { checkCapabilities } from '../shared/capability-refs.ts'
import { freeName } from '../shared/free-name.ts'
import { addHarness } from './create.ts'
import { harnessExamples } from './example-catalogue.ts'
import { requireHarness } from './find.ts'
import { harness, toHarness } from './shape.ts'
import { findHarness } from './store.ts'

export const importHarness = operation({
  name: 'import_harness',
  route: 'POST /v1/harnesses/import',
  tag: 'harnesses',
  summary: 'Adopt an example harness; a taken name gets a random end.',
  needs: 'harnesses.manage',
  class: 'write',
  input: z.object({ 'from-example': z.string() }),
  query: ['from-example'],
  output: harness,
  status: 201,

  async run(ctx, { 'from-example': wanted }) {
    const { tx, orgId, urls } = ctx
    const example = harnessExamples(ctx.capabilities).find(({ name }) => name === wanted)
    if (!example) throw new Problem('not_found', `There is no example harness ${wanted}`)
    const refs = example.capabilities.map((ref) => ({ ref }))
    checkCapabilities(ctx, refs)
    await holdOrganization(tx, orgId)
    const parent = await requireHarness(tx, orgId, 'generic')
    const row = await addHarness(ctx, {
      name: await freeName(example.name, async (name) => !!(await findHarness(tx, orgId, { name }))),
      display_name: example.display_name,
      description: example.description,
      system_prompt: example.system_prompt,
      capabilities: toJsonText(refs),
      tags: example.tags,
      parent_harness_id: parent.id,
    })
    return toHarness(urls, row)
  },
})
