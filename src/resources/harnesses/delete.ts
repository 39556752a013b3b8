// DELETE /v1/harnesses/{harness_id}: archives. Again is fine.
import { z } from 'zod'
import { operation } from '../context.ts'
import { bumpConfigRevision } from '../organizations/store.ts'
import { requireOwnHarness } from './find.ts'
import { updateHarness } from './store.ts'

export const deleteHarness = operation({
  name: 'delete_harness',
  route: 'DELETE /v1/harnesses/{harness_id}',
  tag: 'harnesses',
  summary: 'Archive a harness: still readable, no longer offered.',
  needs: 'harnesses.manage',
  class: 'write',
  input: z.object({ harness_id: z.string() }),
  output: z.void(),
  status: 204,

  async run({ tx, orgId, now }, { harness_id }) {
    await bumpConfigRevision(tx, orgId)
    const row = await requireOwnHarness(tx, orgId, harness_id)
    if (row.status === 'active')
      await updateHarness(tx, orgId, row.id, { status: 'archived', archived_at: now(), updated_at: now() })
  },
})
