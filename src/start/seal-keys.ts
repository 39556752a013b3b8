// Holds the keys against the data: a control plane that cannot open what is stored must not start as if it could.
import type pg from 'pg'
import type { Sealer } from '../db/seal.ts'

const sealedWith = `
  select distinct credentials ->> 'key_id' as id from providers where credentials is not null
  union select distinct value ->> 'key_id' from session_secrets`

/** Throws one sentence where a stored secret needs a key that is not here. */
export async function refuseMissingKeys(pool: pg.Pool, sealer: Sealer): Promise<void> {
  const { rows } = await pool.query<{ id: string | null }>(sealedWith)
  const missing = rows.find(({ id }) => id !== null && !sealer.knows(id))
  if (!missing) return
  throw new Error(
    `This database holds secrets sealed with the key "${missing.id}". Set SECRETS_ENCRYPTION_KEY (or SECRETS_ENCRYPTION_KEY_PREVIOUS) to it.`,
  )
}
