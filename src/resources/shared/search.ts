// Search over a few text columns: every word must occur somewhere in them, case does not matter, wildcards are plain characters.
import { type RawBuilder, type SqlBool, sql } from 'kysely'
import { searchTokens } from '../../contract/page.ts'

/** A condition on the columns (`'agents.name'`), joined by a space; true when `search` is blank. */
export function matches(search: string | null | undefined, columns: readonly string[]): RawBuilder<SqlBool> {
  const text = sql`concat_ws(' ', ${sql.join(columns.map((column) => sql.ref(column)))})`
  const conditions = searchTokens(search ?? '').map((token) => sql`${text} ilike ${`%${escapeLike(token)}%`}`)
  return conditions.length === 0 ? sql<SqlBool>`true` : sql<SqlBool>`(${sql.join(conditions, sql` and `)})`
}

const escapeLike = (token: string): string => token.replace(/[\\%_]/g, '\\$&')
