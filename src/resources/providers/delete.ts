// DELETE /v1/providers/{id}: really deletes, with its models; what had chosen one of them goes back to its default.
import { z } from 'zod'
import { operation } from '../context.ts'
import { forgetModels } from '../models/forget.ts'
import { modelsOfProvider } from '../models/store.ts'
import { bumpConfigRevision } from '../organizations/store.ts'
import { wireId } from '../shared/ids.ts'
import { requireProvider } from './find.ts'
import { deleteProvider as deleteRow } from './store.ts'

export const deleteProvider = operation({
  name: 'delete_provider',
  route: 'DELETE /v1/providers/{id}',
  tag: 'providers',
  summary: 'Delete a provider and its models.',
  needs: 'providers.manage',
  class: 'write',
  input: z.object({ id: wireId('provider') }),
  output: z.void(),
  status: 204,

  async run({ tx, orgId }, { id }) {
    await bumpConfigRevision(tx, orgId)
    await requireProvider(tx, orgId, id)
    const models = await modelsOfProvider(tx, orgId, id)
    await forgetModels(
      tx,
      orgId,
      models.map((model) => model.id),
    )
    await deleteRow(tx, orgId, id)
  },
})
