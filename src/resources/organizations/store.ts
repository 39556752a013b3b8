// The organisations' row, one function per statement. Organisations stand outside row-level security: every statement names its id.
import type { Kysely, Selectable, Updateable } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import type { Organizations } from '../../db/schema-engine.ts'

export type OrganizationRow = Selectable<Organizations>

/** A request's transaction, or the engine's connections at start. */
type Tx = Kysely<Database>

/** Tells running turns that the configuration they were given is old. In the transaction that changes it. */
export async function bumpConfigRevision(tx: Tx, orgId: Uuid): Promise<void> {
  await tx
    .updateTable('organizations')
    .set((eb) => ({ config_revision: eb('config_revision', '+', 1) }))
    .where('id', '=', orgId)
    .execute()
}

export const findOrganization = (tx: Tx, orgId: Uuid): Promise<OrganizationRow | undefined> =>
  tx.selectFrom('organizations').selectAll().where('id', '=', orgId).executeTakeFirst()

/** True when it did not exist. */
export async function insertOrganizationIfMissing(tx: Tx, id: Uuid, name: string): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('organizations')
    .values({ id, name })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

export const updateOrganization = (
  tx: Tx,
  orgId: Uuid,
  changes: Updateable<Organizations>,
): Promise<OrganizationRow | undefined> =>
  tx.updateTable('organizations').set(changes).where('id', '=', orgId).returningAll().executeTakeFirst()

/** Changes of an organisation's configuration that must see each other (names, chains) take its row before they look. */
export const holdOrganization = (tx: Tx, orgId: Uuid): Promise<unknown> =>
  tx.selectFrom('organizations').select('id').where('id', '=', orgId).forNoKeyUpdate().execute()
