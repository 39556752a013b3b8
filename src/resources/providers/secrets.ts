// A provider's credentials, sealed as one value: all its fields together, so that they change together.
import { createHash } from 'node:crypto'
import type { Uuid } from '../../contract/ids.ts'
import type { Json } from '../../contract/json.ts'
import type { Sealer } from '../../db/seal.ts'

export interface ProviderSecrets {
  api_key?: string
  /** Fields of drivers that need more than one. */
  credentials?: Record<string, string>
}

/** Sealed values are bound to where they stand. */
const place = (providerId: Uuid): string => `providers/${providerId}/credentials`

/** Problem `bad_request` where this server has no key to seal with. */
export const sealSecrets = (sealer: Sealer, providerId: Uuid, secrets: ProviderSecrets): Json =>
  sealer.seal(JSON.stringify(secrets), place(providerId))

// Only sealSecrets writes this place, so what opens has its shape.
export const openSecrets = (sealer: Sealer, providerId: Uuid, sealed: Json): ProviderSecrets =>
  JSON.parse(sealer.open(sealed, place(providerId))) as ProviderSecrets

/** Changes whenever the credentials are written again; null without any. Tells nothing about them. */
export const keyVersionOf = (sealed: Json): string | null =>
  sealed === null ? null : createHash('sha256').update(JSON.stringify(sealed)).digest('hex').slice(0, 16)
