// A provider on the wire. Its key is never there, only whether it has one.
import { z } from 'zod'
import { toWire } from '../../contract/ids.ts'
import type { JsonObject } from '../../contract/json.ts'
import type { Ctx } from '../context.ts'
import { kib, textUpTo } from '../shared/limits.ts'
import { links, linksTo } from '../shared/links.ts'
import { stored, unlessEmpty } from '../shared/stored.ts'
import { timestamp, toWireTime, toWireTimeOrNone } from '../shared/time.ts'
import type { ProviderRow } from './store.ts'

export const providerTrace = z
  .object({
    enabled: z.boolean(),
    session_url_template: z.string().nullish(),
    generation_url_template: z.string().nullish(),
  })
  .meta({ id: 'ProviderTraceConfig' })

const status = z.enum(['active', 'disabled']).meta({ id: 'ProviderStatus' })

/** What create and update take; `settings` are for the driver and not secret (extra headers, the simulator's script). */
export const providerFields = {
  name: z.string().trim().min(1).max(255),
  provider_type: z.string().trim().min(1).max(64),
  base_url: z.url({ protocol: /^https?$/, message: 'must be an http or https URL' }).max(2048),
  api_key: textUpTo(16 * kib),
  credentials: z.record(z.string(), textUpTo(16 * kib)),
  settings: z.record(z.string(), z.any()),
  trace: providerTrace,
  status,
}

export const provider = z
  .object({
    id: z.string(),
    name: z.string(),
    provider_type: z.string(),
    base_url: z.string().optional(),
    api_key_set: z.boolean(),
    settings: z.record(z.string(), z.any()).optional(),
    status,
    trace: providerTrace.optional(),
    last_synced_at: timestamp.optional(),
    created_at: timestamp,
    updated_at: timestamp,
    ...links,
  })
  .meta({ id: 'WithUrls_Provider' })

/** Row → wire. */
export function toProvider(urls: Ctx['urls'], row: ProviderRow): z.input<typeof provider> {
  const id = toWire('provider', row.id)
  return {
    id,
    name: row.name,
    provider_type: row.provider_type,
    base_url: row.base_url ?? undefined,
    api_key_set: row.credentials !== null,
    settings: unlessEmpty(stored<JsonObject>(row.settings)),
    status: row.status,
    trace: stored<z.input<typeof providerTrace> | null>(row.trace) ?? undefined,
    last_synced_at: toWireTimeOrNone(row.last_synced_at),
    created_at: toWireTime(row.created_at),
    updated_at: toWireTime(row.updated_at),
    ...linksTo(urls, `providers/${id}`, 'settings/providers'),
  }
}
