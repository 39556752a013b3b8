// The models that come with the product, as rows of a provider.
import type { Insertable, Kysely } from 'kysely'
import { newId, type Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import type { Models } from '../../db/schema-resources.ts'
import { knownModels } from '../../llm/catalogue.ts'
import { insertModelsIfMissing } from './store.ts'

/** Whether we know models of such a provider. */
export const hasPredefined = (providerType: string): boolean => knownModels().some(({ driver }) => driver === providerType)

/** Adds what the provider lacks of what we know; the answer is how many that were. */
export const addPredefined = (tx: Kysely<Database>, orgId: Uuid, providerId: Uuid, providerType: string): Promise<number> =>
  insertModelsIfMissing(
    tx,
    knownModels()
      .filter(({ driver }) => driver === providerType)
      .map(
        ({ id, profile }): Insertable<Models> => ({
          id: newId(),
          org_id: orgId,
          provider_id: providerId,
          model_id: id,
          display_name: profile.name,
          source: 'predefined',
        }),
      ),
  )
