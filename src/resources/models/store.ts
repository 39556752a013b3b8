// Models with what one needs to know about their provider, one function per statement.
import { type Insertable, type Kysely, type Selectable, sql, type Updateable } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import type { Models, Providers } from '../../db/schema-resources.ts'

type Tx = Kysely<Database>

/** A model and its provider's part in it; `credentials` stay sealed. */
export type ModelRow = Selectable<Models> & {
  provider_name: string
  provider_type: string
  provider_status: 'active' | 'disabled'
  base_url: string | null
} & Pick<Selectable<Providers>, 'settings' | 'credentials'>

const withProvider = (tx: Tx, orgId: Uuid) =>
  tx
    .selectFrom('models as m')
    .innerJoin('providers as p', (join) => join.onRef('p.id', '=', 'm.provider_id').onRef('p.org_id', '=', 'm.org_id'))
    .selectAll('m')
    .select([
      'p.name as provider_name',
      'p.provider_type',
      'p.status as provider_status',
      'p.base_url',
      'p.settings',
      'p.credentials',
    ])
    .where('m.org_id', '=', orgId)

export interface ModelFilter {
  source?: 'manual' | 'discovered' | 'predefined' | null
  /** False: without those that the last sync of their provider no longer found. */
  include_stale?: boolean
  favorites_only?: boolean
}

/** Provider by provider, oldest first; in a provider by name. */
export const modelsOfOrg = (tx: Tx, orgId: Uuid, filter: ModelFilter = {}): Promise<ModelRow[]> =>
  withProvider(tx, orgId)
    .$if(filter.source != null, (query) => query.where('m.source', '=', filter.source ?? 'manual'))
    .$if(filter.favorites_only === true, (query) => query.where('m.is_favorite', '=', true))
    .$if(filter.include_stale === false, (query) =>
      query.where(
        sql<boolean>`m.source <> 'discovered' or m.last_seen_at is null or p.last_synced_at is null or m.last_seen_at >= p.last_synced_at`,
      ),
    )
    .orderBy('p.created_at')
    .orderBy('p.id')
    .orderBy('m.display_name')
    .orderBy('m.id')
    .execute()

export const modelsOfProvider = (tx: Tx, orgId: Uuid, providerId: Uuid): Promise<ModelRow[]> =>
  withProvider(tx, orgId).where('m.provider_id', '=', providerId).orderBy('m.display_name').orderBy('m.id').execute()

export const findModel = (tx: Tx, orgId: Uuid, id: Uuid): Promise<ModelRow | undefined> =>
  withProvider(tx, orgId).where('m.id', '=', id).executeTakeFirst()

/** By the provider's model string; where several providers have it, an enabled one of the oldest provider. */
export const findModelByName = (tx: Tx, orgId: Uuid, modelId: string): Promise<ModelRow | undefined> =>
  withProvider(tx, orgId)
    .where('m.model_id', '=', modelId)
    .orderBy('m.enabled', 'desc')
    .orderBy('p.created_at')
    .orderBy('p.id')
    .limit(1)
    .executeTakeFirst()

/** Undefined when the provider already has that model. */
export const insertModel = (tx: Tx, model: Insertable<Models>): Promise<Selectable<Models> | undefined> =>
  tx
    .insertInto('models')
    .values(model)
    .onConflict((conflict) => conflict.columns(['org_id', 'provider_id', 'model_id']).doNothing())
    .returningAll()
    .executeTakeFirst()

/** Those that the provider does not have yet; the answer is how many there were. */
export async function insertModelsIfMissing(tx: Tx, models: Insertable<Models>[]): Promise<number> {
  if (models.length === 0) return 0
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('models')
    .values(models)
    .onConflict((conflict) => conflict.columns(['org_id', 'provider_id', 'model_id']).doNothing())
    .executeTakeFirst()
  return Number(numInsertedOrUpdatedRows ?? 0n)
}

export const updateModel = (
  tx: Tx,
  orgId: Uuid,
  id: Uuid,
  changes: Updateable<Models>,
): Promise<Selectable<Models> | undefined> =>
  tx.updateTable('models').set(changes).where('org_id', '=', orgId).where('id', '=', id).returningAll().executeTakeFirst()

export async function deleteModel(tx: Tx, orgId: Uuid, id: Uuid): Promise<boolean> {
  const { numDeletedRows } = await tx.deleteFrom('models').where('org_id', '=', orgId).where('id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}
