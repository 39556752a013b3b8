// PATCH /v1/harnesses/{harness_id}: only what is given changes; a parent of null ends the inheritance.
import { z } from 'zod'
import { type Ctx, operation } from '../context.ts'
import { bumpConfigRevision } from '../organizations/store.ts'
import { wireId } from '../shared/ids.ts'
import { refuseArchived, statusColumns } from '../shared/lifecycle.ts'
import { slug } from '../shared/slug.ts'
import { nameTaken, refuseReserved } from './create.ts'
import { requireOwnHarness } from './find.ts'
import { harnessColumns, harnessFields } from './input.ts'
import { checkedParent } from './parent.ts'
import { harness, toHarness } from './shape.ts'
import { findHarness, type HarnessRow, updateHarness as updateRow } from './store.ts'

const input = z
  .object({
    harness_id: z.string(),
    name: slug.nullish(),
    parent_harness_id: wireId('harness').nullish(),
    status: z.enum(['active', 'archived', 'deleted']).nullish(),
    ...harnessFields,
  })
  .meta({ id: 'UpdateHarnessRequest' })
type Given = z.output<typeof input>

export const updateHarness = operation({
  name: 'update_harness',
  route: 'PATCH /v1/harnesses/{harness_id}',
  tag: 'harnesses',
  summary: 'Change a harness; fields that are left out keep their value.',
  needs: 'harnesses.manage',
  class: 'write',
  input,
  output: harness,

  async run(ctx, given) {
    const { tx, orgId, urls, now } = ctx
    await bumpConfigRevision(tx, orgId)
    const row = await requireOwnHarness(tx, orgId, given.harness_id)
    refuseArchived(row, given.status)
    const changes = {
      ...(await harnessColumns(ctx, given, row)),
      ...(await nameColumn(ctx, row, given)),
      ...(await parentColumn(ctx, row, given)),
      ...statusColumns(row, given.status, now()),
      updated_at: now(),
    }
    return toHarness(urls, await updateRow(tx, orgId, row.id, changes))
  },
})

/** The organisation's row is held, so nobody takes the name between the look and the change. */
async function nameColumn({ tx, orgId }: Ctx, row: HarnessRow, { name }: Given) {
  if (!name || name === row.name) return {}
  refuseReserved(name)
  if (await findHarness(tx, orgId, { name })) nameTaken(name)
  return { name }
}

async function parentColumn(ctx: Ctx, row: HarnessRow, { parent_harness_id }: Given) {
  if (parent_harness_id === undefined) return {}
  return { parent_harness_id: parent_harness_id && (await checkedParent(ctx, parent_harness_id, row.id)) }
}
