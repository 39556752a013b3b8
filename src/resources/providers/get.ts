// GET /v1/providers/{id}
import { z } from 'zod'
import { operation } from '../context.ts'
import { wireId } from '../shared/ids.ts'
import { requireProvider } from './find.ts'
import { provider, toProvider } from './shape.ts'

export const getProvider = operation({
  name: 'get_provider',
  route: 'GET /v1/providers/{id}',
  tag: 'providers',
  summary: 'Read one provider.',
  needs: 'providers.view',
  class: 'read',
  input: z.object({ id: wireId('provider') }),
  output: provider,

  async run({ tx, orgId, urls }, { id }) {
    return toProvider(urls, await requireProvider(tx, orgId, id))
  },
})
