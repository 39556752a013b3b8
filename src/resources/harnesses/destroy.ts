// POST /v1/harnesses/{harness_id}/delete: for good, from archived only, and not while something is built on it.
import { z } from 'zod'
import { Problem } from '../../contract/problem.ts'
import { operation } from '../context.ts'
import { bumpConfigRevision } from '../organizations/store.ts'
import { refuseUnarchived } from '../shared/lifecycle.ts'
import { requireOwnHarness } from './find.ts'
import { dependentsOf, updateHarness } from './store.ts'

export const destroyHarness = operation({
  name: 'destroy_harness',
  route: 'POST /v1/harnesses/{harness_id}/delete',
  tag: 'harnesses',
  summary: 'Delete an archived harness for good.',
  needs: 'harnesses.dangerous',
  class: 'write',
  input: z.object({ harness_id: z.string() }),
  output: z.void(),
  status: 204,

  async run({ tx, orgId, now }, { harness_id }) {
    await bumpConfigRevision(tx, orgId)
    const row = await requireOwnHarness(tx, orgId, harness_id)
    refuseUnarchived(row)
    if ((await dependentsOf(tx, orgId, row.id)) > 0) {
      throw new Problem('conflict', `Harnesses or agents are built on ${row.name}`, { code: 'harness_in_use' })
    }
    await updateHarness(tx, orgId, row.id, { status: 'deleted', deleted_at: now(), updated_at: now() })
  },
})
