// GET /v1/providers
import { z } from 'zod'
import { listOf } from '../../contract/page.ts'
import { operation } from '../context.ts'
import { provider, toProvider } from './shape.ts'
import { providersOfOrg } from './store.ts'

export const listProviders = operation({
  name: 'list_providers',
  route: 'GET /v1/providers',
  tag: 'providers',
  summary: 'List the model providers.',
  needs: 'providers.view',
  class: 'read',
  input: z.object({}),
  output: listOf(provider),

  async run({ tx, orgId, urls }) {
    const rows = await providersOfOrg(tx, orgId)
    return { data: rows.map((row) => toProvider(urls, row)) }
  },
})
