// Providers, one function per statement. Credentials come and go sealed.
import type { Insertable, Kysely, Selectable, Updateable } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import { toJsonText } from '../../contract/json.ts'
import type { Database } from '../../db/schema.ts'
import type { Providers } from '../../db/schema-resources.ts'

export type ProviderRow = Selectable<Providers>
type Tx = Kysely<Database>

export const providersOfOrg = (tx: Tx, orgId: Uuid): Promise<ProviderRow[]> =>
  tx.selectFrom('providers').selectAll().where('org_id', '=', orgId).orderBy('created_at').orderBy('id').execute()

export const findProvider = (tx: Tx, orgId: Uuid, id: Uuid): Promise<ProviderRow | undefined> =>
  tx.selectFrom('providers').selectAll().where('org_id', '=', orgId).where('id', '=', id).executeTakeFirst()

export const insertProvider = (tx: Tx, provider: Insertable<Providers>): Promise<ProviderRow> =>
  tx.insertInto('providers').values(provider).returningAll().executeTakeFirstOrThrow()

/** True when it did not exist. */
export async function insertProviderIfMissing(tx: Tx, provider: Insertable<Providers>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('providers')
    .values(provider)
    .onConflict((conflict) => conflict.columns(['org_id', 'id']).doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

export const updateProvider = (tx: Tx, orgId: Uuid, id: Uuid, changes: Updateable<Providers>): Promise<ProviderRow | undefined> =>
  tx.updateTable('providers').set(changes).where('org_id', '=', orgId).where('id', '=', id).returningAll().executeTakeFirst()

/** The key of a provider that has none yet; true when this call gave it. */
export async function giveCredentialsIfNone(tx: Tx, orgId: Uuid, id: Uuid, sealed: unknown): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('providers')
    .set({ credentials: toJsonText(sealed) })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .where('credentials', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Its models go with it. */
export async function deleteProvider(tx: Tx, orgId: Uuid, id: Uuid): Promise<boolean> {
  const { numDeletedRows } = await tx.deleteFrom('providers').where('org_id', '=', orgId).where('id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}
