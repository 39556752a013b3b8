// GET /v1/orgs/{org}
import { z } from 'zod'
import { operation } from '../context.ts'
import { wireId } from '../shared/ids.ts'
import { describeOrganization, refuseForeign } from './describe.ts'
import { organization } from './shape.ts'

export const getOrganization = operation({
  name: 'get_organization',
  route: 'GET /v1/orgs/{org}',
  tag: 'organizations',
  summary: 'Read an organisation and its defaults.',
  needs: 'organizations.view',
  class: 'read',
  input: z.object({ org: wireId('org') }),
  output: organization,

  async run(ctx, { org }) {
    refuseForeign(org, ctx.orgId)
    return describeOrganization(ctx)
  },
})
