// PATCH /v1/orgs/{org}: its name and its defaults. A default of null is looked for again.
import { z } from 'zod'
import { Problem } from '../../contract/problem.ts'
import { type Ctx, operation } from '../context.ts'
import { requireActiveHarness } from '../harnesses/find.ts'
import { chosenModel } from '../models/choose.ts'
import { wireId } from '../shared/ids.ts'
import { describeOrganization, refuseForeign } from './describe.ts'
import { organization } from './shape.ts'
import { bumpConfigRevision, updateOrganization as updateRow } from './store.ts'

const input = z
  .object({
    org: wireId('org'),
    name: z.string().trim().min(1).max(255).nullish(),
    default_model_id: z.string().nullish(),
    default_harness_id: z.string().nullish(),
    default_harness_name: z.string().nullish(),
  })
  .meta({ id: 'UpdateOrganizationRequest' })
type Given = z.output<typeof input>

export const updateOrganization = operation({
  name: 'update_organization',
  route: 'PATCH /v1/orgs/{org}',
  tag: 'organizations',
  summary: 'Change an organisation’s name, default model or default harness.',
  needs: 'organizations.manage',
  class: 'write',
  input,
  output: organization,

  async run(ctx, given) {
    const { tx, orgId, now } = ctx
    refuseForeign(given.org, orgId)
    await bumpConfigRevision(tx, orgId)
    const columns = { ...(await defaultsOf(ctx, given)), ...(given.name != null && { name: given.name }) }
    await updateRow(tx, orgId, { ...columns, updated_at: now() })
    return describeOrganization(ctx)
  },
})

async function defaultsOf({ tx, orgId }: Ctx, { default_model_id: model, default_harness_id, default_harness_name }: Given) {
  if (default_harness_id && default_harness_name) {
    throw new Problem('bad_request', 'Give default_harness_id or default_harness_name, not both')
  }
  const harness = default_harness_name ?? default_harness_id
  return {
    ...(model !== undefined && { default_model_id: model && (await chosenModel(tx, orgId, model)) }),
    ...(harness !== undefined && { default_harness_id: harness && (await requireActiveHarness(tx, orgId, harness)).id }),
  }
}
