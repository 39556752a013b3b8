// POST /v1/providers/{provider_id}/models
import { z } from 'zod'
import { newId } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import { operation } from '../context.ts'
import { bumpConfigRevision } from '../organizations/store.ts'
import { requireProvider } from '../providers/find.ts'
import { wireId } from '../shared/ids.ts'
import { model, modelFields, toModel } from './shape.ts'
import { insertModel } from './store.ts'

export const createModel = operation({
  name: 'create_model',
  route: 'POST /v1/providers/{provider_id}/models',
  tag: 'models',
  summary: 'Add a model to a provider.',
  needs: 'models.manage',
  class: 'write',
  input: z
    .object({
      provider_id: wireId('provider'),
      model_id: modelFields.model_id,
      display_name: modelFields.display_name,
      capabilities: modelFields.capabilities.nullish(),
      enabled: modelFields.enabled.nullish(),
      is_favorite: modelFields.is_favorite.nullish(),
    })
    .meta({ id: 'CreateModelRequest' }),
  output: model,
  status: 201,

  async run({ tx, orgId, urls }, { provider_id, model_id, display_name, capabilities, enabled, is_favorite }) {
    await bumpConfigRevision(tx, orgId)
    const { name } = await requireProvider(tx, orgId, provider_id)
    const row = await insertModel(tx, {
      id: newId(),
      org_id: orgId,
      provider_id,
      model_id,
      display_name,
      capabilities: capabilities ?? [],
      enabled: enabled ?? true,
      is_favorite: is_favorite ?? false,
    })
    if (!row) throw new Problem('conflict', `${name} already has a model ${model_id}`, { code: 'model_taken' })
    return toModel(urls, row)
  },
})
