// GET /v1/orgs
import { z } from 'zod'
import { listOf } from '../../contract/page.ts'
import { operation } from '../context.ts'
import { describeOrganization } from './describe.ts'
import { organization } from './shape.ts'

export const listOrganizations = operation({
  name: 'list_organizations',
  route: 'GET /v1/orgs',
  tag: 'organizations',
  summary: 'List the organisations you act in.',
  needs: 'organizations.view',
  class: 'read',
  input: z.object({}),
  output: listOf(organization),

  async run(ctx) {
    return { data: [await describeOrganization(ctx)] }
  },
})
