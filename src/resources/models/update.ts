// PATCH /v1/models/{id}
import { z } from 'zod'
import { Problem } from '../../contract/problem.ts'
import { operation } from '../context.ts'
import { bumpConfigRevision } from '../organizations/store.ts'
import { requireProvider } from '../providers/find.ts'
import { wireId } from '../shared/ids.ts'
import { noModel, requireModel } from './find.ts'
import { model, modelFields, toModel } from './shape.ts'
import { modelsOfProvider, updateModel as updateRow } from './store.ts'

export const updateModel = operation({
  name: 'update_model',
  route: 'PATCH /v1/models/{id}',
  tag: 'models',
  summary: 'Change a model; fields that are left out keep their value.',
  needs: 'models.manage',
  class: 'write',
  input: z
    .object({
      id: wireId('model'),
      provider_id: wireId('provider').nullish(),
      model_id: modelFields.model_id.nullish(),
      display_name: modelFields.display_name.nullish(),
      capabilities: modelFields.capabilities.nullish(),
      enabled: modelFields.enabled.nullish(),
      is_favorite: modelFields.is_favorite.nullish(),
    })
    .meta({ id: 'UpdateModelRequest' }),
  output: model,

  async run({ tx, orgId, urls, now }, { id, ...given }) {
    await bumpConfigRevision(tx, orgId)
    const row = await requireModel(tx, orgId, id)
    const provider = await requireProvider(tx, orgId, given.provider_id ?? row.provider_id)
    const modelId = given.model_id ?? row.model_id
    const taken = (await modelsOfProvider(tx, orgId, provider.id)).some((other) => other.id !== id && other.model_id === modelId)
    if (taken) throw new Problem('conflict', `${provider.name} already has a model ${modelId}`, { code: 'model_taken' })
    const changes = Object.fromEntries(Object.entries(given).filter(([, value]) => value != null))
    return toModel(urls, (await updateRow(tx, orgId, id, { ...changes, updated_at: now() })) ?? noModel(id))
  },
})
