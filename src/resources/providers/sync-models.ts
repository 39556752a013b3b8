// POST /v1/providers/{id}/sync-models: adds the models we know of this kind of provider. A provider behind an address of its own
// may offer anything, so there it is not supported.
import { z } from 'zod'
import { operation } from '../context.ts'
import { addPredefined, hasPredefined } from '../models/predefined.ts'
import { bumpConfigRevision } from '../organizations/store.ts'
import { wireId } from '../shared/ids.ts'
import { requireProvider } from './find.ts'
import { updateProvider } from './store.ts'

const count = z.number().int()

export const syncModels = operation({
  name: 'sync_models',
  route: 'POST /v1/providers/{id}/sync-models',
  tag: 'providers',
  summary: 'Bring the list of a provider’s models up to date.',
  needs: 'providers.manage',
  class: 'write',
  input: z.object({ id: wireId('provider') }),
  output: z
    .discriminatedUnion('status', [
      z.object({ status: z.literal('success'), created: count, updated: count, stale: count }),
      z.object({ status: z.literal('not_supported') }),
    ])
    .meta({ id: 'SyncModelsResponse' }),

  async run({ tx, orgId, now }, { id }) {
    await bumpConfigRevision(tx, orgId)
    const { base_url, provider_type } = await requireProvider(tx, orgId, id)
    if (base_url || !hasPredefined(provider_type)) return { status: 'not_supported' as const }
    const created = await addPredefined(tx, orgId, id, provider_type)
    await updateProvider(tx, orgId, id, { last_synced_at: now(), updated_at: now() })
    return { status: 'success' as const, created, updated: 0, stale: 0 }
  },
})
