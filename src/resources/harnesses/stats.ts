// GET /v1/harnesses/{harness_id}/stats
import { sql } from 'kysely'
import { z } from 'zod'
import { operation } from '../context.ts'
import { resourceStats, sessionStats } from '../shared/stats.ts'
import { requireHarness } from './find.ts'

export const getHarnessStats = operation({
  name: 'get_harness_stats',
  route: 'GET /v1/harnesses/{harness_id}/stats',
  tag: 'harnesses',
  summary: 'The sessions of a harness, and what they took.',
  needs: 'harnesses.view',
  class: 'read',
  input: z.object({ harness_id: z.string() }),
  output: resourceStats,

  async run({ tx, orgId }, { harness_id }) {
    const { id } = await requireHarness(tx, orgId, harness_id)
    return sessionStats(tx, orgId, sql`s.harness_id = ${id}`)
  },
})
