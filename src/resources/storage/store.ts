// The statements over a session's values and secrets, one function each.
import { type Selectable, sql, type Transaction } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import type { SessionSecrets, SessionValues } from '../../db/schema-resources.ts'

type Tx = Transaction<Database>
export type ValueRow = Selectable<SessionValues>
export type SecretRow = Selectable<SessionSecrets>

/** By key (bytes). */
export const valuesOfSession = (tx: Tx, orgId: Uuid, sessionId: Uuid): Promise<ValueRow[]> =>
  tx
    .selectFrom('session_values')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('session_id', '=', sessionId)
    .orderBy(sql`key collate "C"`)
    .execute()

export const findValue = (tx: Tx, orgId: Uuid, sessionId: Uuid, key: string): Promise<ValueRow | undefined> =>
  tx
    .selectFrom('session_values')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('session_id', '=', sessionId)
    .where('key', '=', key)
    .executeTakeFirst()

/** By name (bytes); the values stay where they are. */
export const secretsOfSession = (tx: Tx, orgId: Uuid, sessionId: Uuid): Promise<Omit<SecretRow, 'value'>[]> =>
  tx
    .selectFrom('session_secrets')
    .select(['org_id', 'session_id', 'name', 'revision', 'created_at', 'updated_at'])
    .where('org_id', '=', orgId)
    .where('session_id', '=', sessionId)
    .orderBy(sql`name collate "C"`)
    .execute()

export const findSecret = (tx: Tx, orgId: Uuid, sessionId: Uuid, name: string): Promise<SecretRow | undefined> =>
  tx
    .selectFrom('session_secrets')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('session_id', '=', sessionId)
    .where('name', '=', name)
    .executeTakeFirst()

/** Values are JSON text of what the sealer made. */
export const setSecrets = (tx: Tx, orgId: Uuid, sessionId: Uuid, sealed: { name: string; value: string }[]) =>
  tx
    .insertInto('session_secrets')
    .values(sealed.map((secret) => ({ org_id: orgId, session_id: sessionId, ...secret })))
    .onConflict((conflict) =>
      conflict.columns(['org_id', 'session_id', 'name']).doUpdateSet((row) => ({
        value: row.ref('excluded.value'),
        revision: sql`nextval('file_revisions')`,
        updated_at: sql`now()`,
      })),
    )
    .execute()
