// POST /v1/harnesses
import type { Insertable } from 'kysely'
import { z } from 'zod'
import { newId } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import type { Harnesses } from '../../db/schema-resources.ts'
import { type Ctx, operation } from '../context.ts'
import { holdOrganization } from '../organizations/store.ts'
import { wireId } from '../shared/ids.ts'
import { slug } from '../shared/slug.ts'
import { defaultName } from './find.ts'
import { harnessColumns, harnessFields } from './input.ts'
import { checkedParent } from './parent.ts'
import { harness, toHarness } from './shape.ts'
import { type HarnessRow, insertHarness } from './store.ts'

export const createHarness = operation({
  name: 'create_harness',
  route: 'POST /v1/harnesses',
  tag: 'harnesses',
  summary: 'Create a harness: the base that agents and sessions run on.',
  needs: 'harnesses.manage',
  class: 'write',
  input: z
    .object({ name: slug, parent_harness_id: wireId('harness').nullish(), ...harnessFields })
    .meta({ id: 'CreateHarnessRequest' }),
  output: harness,
  status: 201,
  example: { input: { name: 'support', system_prompt: 'You help our customers.', capabilities: ['current_time'] } },

  async run(ctx, input) {
    const { tx, orgId, urls } = ctx
    refuseReserved(input.name)
    await holdOrganization(tx, orgId)
    const parent = input.parent_harness_id && (await checkedParent(ctx, input.parent_harness_id))
    const columns = await harnessColumns(ctx, input)
    return toHarness(urls, await addHarness(ctx, { ...columns, name: input.name, parent_harness_id: parent || null }))
  },
})

/** Problem `bad_request`: `default` stands for whichever harness is the organisation's default. */
export function refuseReserved(name: string): void {
  if (name === defaultName) throw new Problem('bad_request', `The name ${defaultName} is reserved`, { code: 'name_reserved' })
}

/** Problem `conflict` when the name is taken. */
export async function addHarness(
  { tx, orgId }: Pick<Ctx, 'tx' | 'orgId'>,
  columns: Omit<Insertable<Harnesses>, 'id' | 'org_id'>,
): Promise<HarnessRow> {
  const row = await insertHarness(tx, { ...columns, id: newId(), org_id: orgId })
  return row ?? nameTaken(columns.name)
}

export function nameTaken(name: string): never {
  throw new Problem('conflict', `There is already a harness ${name}`, { code: 'harness_name_taken' })
}
