// GET /v1/harnesses
import { z } from 'zod'
import { listOf } from '../../contract/page.ts'
import { operation } from '../context.ts'
import { flag } from '../shared/query.ts'
import { useOf } from '../shared/use.ts'
import { harnessWithCounts, toHarness } from './shape.ts'
import { harnessesOfOrg } from './store.ts'

export const listHarnesses = operation({
  name: 'list_harnesses',
  route: 'GET /v1/harnesses',
  tag: 'harnesses',
  summary: 'List the harnesses, built-in ones first.',
  needs: 'harnesses.view',
  class: 'read',
  input: z.object({ search: z.string().nullish(), include_archived: flag.nullish() }),
  output: listOf(harnessWithCounts),

  async run({ tx, orgId, urls }, { search, include_archived }) {
    const rows = await harnessesOfOrg(tx, orgId, search ?? undefined, include_archived ?? false)
    const use = await useOf(
      tx,
      orgId,
      'harness_id',
      rows.map(({ id }) => id),
    )
    return {
      data: rows.map((row) => ({ ...toHarness(urls, row), session_count: use.get(row.id)?.sessionCount ?? 0, app_count: 0 })),
    }
  },
})
