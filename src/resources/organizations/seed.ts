// What a first start finds ready: the default organisation, its providers and models, the built-in harnesses. Every later start
// adds only what is missing, so any number of control planes may do it at once.
import type { Transaction } from 'kysely'
import type { Logger } from 'pino'
import { defaultOrgId, type Uuid } from '../../contract/ids.ts'
import type { Db } from '../../db/connect.ts'
import type { Database } from '../../db/schema.ts'
import type { Sealer } from '../../db/seal.ts'
import { reconcileBuiltInHarnesses } from '../harnesses/built-in.ts'
import { addPredefined } from '../models/predefined.ts'
import { sealSecrets } from '../providers/secrets.ts'
import { findProvider, giveCredentialsIfNone, insertProviderIfMissing, providersOfOrg } from '../providers/store.ts'
import { bumpConfigRevision, insertOrganizationIfMissing } from './store.ts'

interface SeedParts {
  sealer: Sealer
  /** Keys from the environment by provider_type: copied to the seeded provider of that type while it has none. */
  envKeys: Record<string, string | undefined>
  log: Logger
}

interface SeededProvider {
  id: Uuid
  name: string
  provider_type: string
}

/** In the order in which a default model is looked for: each is made after the one before. */
const seededProviders: SeededProvider[] = [
  { id: '01933b5a-0000-7000-8000-000000000001', name: 'OpenAI', provider_type: 'openai' },
  { id: '01933b5a-0000-7000-8000-000000000002', name: 'Anthropic', provider_type: 'anthropic' },
  { id: '01933b5a-0000-7000-8000-000000000003', name: 'Simulator', provider_type: 'llmsim' },
]

export async function seedDefaults(db: Db, parts: SeedParts): Promise<void> {
  await insertOrganizationIfMissing(db.engine, defaultOrgId, 'Default Organization')
  const isFirst = (await providersOfOrg(db.engine, defaultOrgId)).length === 0
  for (const provider of seededProviders) {
    await db.asOrg(defaultOrgId, 'write', (tx) => seedProvider(tx, parts, provider, isFirst))
  }
  await reconcileBuiltInHarnesses(db, defaultOrgId)
}

/** A provider that somebody deleted stays away while there are others; its models come and go with it. */
async function seedProvider(
  tx: Transaction<Database>,
  parts: SeedParts,
  provider: SeededProvider,
  isFirst: boolean,
): Promise<void> {
  if (isFirst) await insertProviderIfMissing(tx, { ...provider, org_id: defaultOrgId })
  if (!(await findProvider(tx, defaultOrgId, provider.id))) return
  const added = await addPredefined(tx, defaultOrgId, provider.id, provider.provider_type)
  const keyed = await giveKeyFromEnvironment(tx, parts, provider)
  if (added > 0 || keyed) await bumpConfigRevision(tx, defaultOrgId)
}

async function giveKeyFromEnvironment(tx: Transaction<Database>, parts: SeedParts, { id, name, provider_type }: SeededProvider) {
  const api_key = parts.envKeys[provider_type]
  if (!api_key) return false
  if (parts.sealer.available) return giveCredentialsIfNone(tx, defaultOrgId, id, sealSecrets(parts.sealer, id, { api_key }))
  parts.log.warn(
    { provider: name },
    'Its key from the environment is not used: without SECRETS_ENCRYPTION_KEY nothing can be kept secret.',
  )
  return false
}
