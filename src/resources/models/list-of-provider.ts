// GET /v1/providers/{provider_id}/models
import { z } from 'zod'
import { listOf } from '../../contract/page.ts'
import { operation } from '../context.ts'
import { requireProvider } from '../providers/find.ts'
import { wireId } from '../shared/ids.ts'
import { model, toModel } from './shape.ts'
import { modelsOfProvider } from './store.ts'

export const listProviderModels = operation({
  name: 'list_provider_models',
  route: 'GET /v1/providers/{provider_id}/models',
  tag: 'models',
  summary: 'List the models of one provider.',
  needs: 'models.view',
  class: 'read',
  input: z.object({ provider_id: wireId('provider') }),
  output: listOf(model),

  async run({ tx, orgId, urls }, { provider_id }) {
    await requireProvider(tx, orgId, provider_id)
    const rows = await modelsOfProvider(tx, orgId, provider_id)
    return { data: rows.map((row) => toModel(urls, row)) }
  },
})
