// A repeated create finds the session that the first one opened.
import { createHash } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import { toJsonText } from '../../contract/json.ts'
import { overLimit, Problem } from '../../contract/problem.ts'
import type { Database } from '../../db/schema.ts'
import type { Ctx } from '../context.ts'
import { stored } from '../shared/stored.ts'
import type { NewSession } from './input.ts'

/** Keys of creates belong to no session yet. */
const noSessionYet: Uuid = '00000000-0000-0000-0000-000000000000'
const maxKeyLength = 255

/**
 * The session of the first call with this key, or null for the first call itself, which then must open `id` in this transaction.
 * A second call waits for the first one's commit. Problem conflict where the key came with other input.
 */
export async function answeredBefore({ tx, orgId, idempotencyKey: key }: Ctx, given: NewSession, id: Uuid): Promise<Uuid | null> {
  if (key === undefined) return null
  if (key.length > maxKeyLength) throw overLimit()
  const fingerprint = createHash('sha256').update(toJsonText(given)).digest('hex')
  if (await claim(tx, { org_id: orgId, session_id: noSessionYet, key, fingerprint, answer: toJsonText({ session_id: id }) }))
    return null
  const first = await tx
    .selectFrom('accepts')
    .select(['fingerprint', 'answer'])
    .where('org_id', '=', orgId)
    .where('session_id', '=', noSessionYet)
    .where('key', '=', key)
    .executeTakeFirstOrThrow()
  if (first.fingerprint !== fingerprint) {
    throw new Problem('conflict', 'This Idempotency-Key was used for another session', { code: 'idempotency_key_reused' })
  }
  return stored<{ session_id: Uuid }>(first.answer).session_id
}

interface Accept {
  org_id: Uuid
  session_id: Uuid
  key: string
  fingerprint: string
  answer: string
}

/** True for whoever comes first. */
async function claim(tx: Transaction<Database>, accept: Accept): Promise<boolean> {
  const inserted = await tx
    .insertInto('accepts')
    .values(accept)
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .executeTakeFirst()
  return inserted !== undefined
}
