// GET /v1/harnesses/{harness_id}: by id, by name, or `default`.
import { z } from 'zod'
import { operation } from '../context.ts'
import { useOf } from '../shared/use.ts'
import { requireHarness } from './find.ts'
import { harnessWithCounts, toHarness } from './shape.ts'

export const getHarness = operation({
  name: 'get_harness',
  route: 'GET /v1/harnesses/{harness_id}',
  tag: 'harnesses',
  summary: 'Read one harness by id or name; `default` is the organisation’s default.',
  needs: 'harnesses.view',
  class: 'read',
  input: z.object({ harness_id: z.string() }),
  output: harnessWithCounts,

  async run({ tx, orgId, urls }, { harness_id }) {
    const row = await requireHarness(tx, orgId, harness_id)
    const use = await useOf(tx, orgId, 'harness_id', [row.id])
    return { ...toHarness(urls, row), session_count: use.get(row.id)?.sessionCount ?? 0, app_count: 0 }
  },
})
