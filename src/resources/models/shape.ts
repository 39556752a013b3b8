// A model on the wire: as its provider's entry, and with what is known about it and its provider.
import type { Selectable } from 'kysely'
import { z } from 'zod'
import { toWire } from '../../contract/ids.ts'
import type { Models } from '../../db/schema-resources.ts'
import { findModel as findKnown, modelProfile, modelVendors } from '../../llm/catalogue.ts'
import type { Ctx } from '../context.ts'
import { links, linksTo } from '../shared/links.ts'
import { timestamp, toWireTime } from '../shared/time.ts'
import type { ModelRow } from './store.ts'
import { isHealthy } from './usable.ts'

export const modelSource = z.enum(['manual', 'discovered', 'predefined']).meta({ id: 'ModelSource' })

/** What create and update take. */
export const modelFields = {
  model_id: z.string().trim().min(1).max(255),
  display_name: z.string().trim().min(1).max(255),
  capabilities: z.array(z.string().max(64)).max(64),
  enabled: z.boolean(),
  is_favorite: z.boolean(),
}

export const model = z
  .object({
    id: z.string(),
    provider_id: z.string(),
    model_id: z.string(),
    display_name: z.string(),
    capabilities: z.array(z.string()),
    enabled: z.boolean(),
    is_favorite: z.boolean(),
    source: modelSource,
    created_at: timestamp,
    updated_at: timestamp,
    ...links,
  })
  .meta({ id: 'WithUrls_Model' })

export const modelWithProvider = model
  .extend({
    provider_name: z.string(),
    provider_type: z.string(),
    /** Its provider can be called: active, with a driver, and with a key where one is needed. */
    healthy: z.boolean(),
    model_vendor: z.enum(modelVendors).meta({ id: 'ModelVendor' }).optional(),
    profile: modelProfile.optional(),
  })
  .meta({ id: 'WithUrls_ModelWithProvider' })

/** Row → wire. */
export function toModel(urls: Ctx['urls'], row: Selectable<Models>): z.input<typeof model> {
  const id = toWire('model', row.id)
  return {
    id,
    provider_id: toWire('provider', row.provider_id),
    model_id: row.model_id,
    display_name: row.display_name,
    capabilities: row.capabilities,
    enabled: row.enabled,
    is_favorite: row.is_favorite,
    source: row.source,
    created_at: toWireTime(row.created_at),
    updated_at: toWireTime(row.updated_at),
    ...linksTo(urls, `models/${id}`, 'models'),
  }
}

export function toModelWithProvider(
  { urls, drivers }: Pick<Ctx, 'urls' | 'drivers'>,
  row: ModelRow,
): z.input<typeof modelWithProvider> {
  const known = findKnown(row.provider_type, row.model_id)
  return {
    ...toModel(urls, row),
    provider_name: row.provider_name,
    provider_type: row.provider_type,
    healthy: isHealthy(row, drivers),
    model_vendor: known?.vendor,
    profile: known?.profile,
  }
}
