// An organisation on the wire.
import { z } from 'zod'
import { toWire, toWireOrNull, type Uuid } from '../../contract/ids.ts'
import { timestamp, toWireTime } from '../shared/time.ts'
import type { OrganizationRow } from './store.ts'

export const organization = z
  .object({
    id: z.string(),
    name: z.string(),
    default_model_id: z.string().optional(),
    default_harness_id: z.string().optional(),
    base_harness_id: z.string().optional(),
    default_provider_per_service: z.record(z.string(), z.string()),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'OrganizationResponse' })

/** Row → wire. `harnesses`: the one that is really used by default, and the blank one. */
export const toOrganization = (
  row: OrganizationRow,
  harnesses: { default: Uuid; base?: Uuid },
): z.input<typeof organization> => ({
  id: toWire('org', row.id),
  name: row.name,
  default_model_id: toWireOrNull('model', row.default_model_id) ?? undefined,
  default_harness_id: toWire('harness', harnesses.default),
  base_harness_id: toWireOrNull('harness', harnesses.base) ?? undefined,
  default_provider_per_service: {},
  created_at: toWireTime(row.created_at),
  updated_at: toWireTime(row.updated_at),
})
