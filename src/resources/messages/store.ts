// Messages are not a table: they are read off the log.
import { sql, type Transaction } from 'kysely'
import { transcriptTypes } from '../../contract/events/index.ts'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import type { ContextEvent } from '../../turn/session-config.ts'

/** The events that make the session's messages, oldest first. */
export const transcriptOf = (tx: Transaction<Database>, orgId: Uuid, sessionId: Uuid): Promise<ContextEvent[]> =>
  tx
    .selectFrom('events')
    .select([
      'sequence',
      'type',
      sql<number>`(extract(epoch from ts) * 1000)::float8`.as('ts'),
      'turn_id as turnId',
      sql<string>`data::text`.as('data'),
    ])
    .where('org_id', '=', orgId)
    .where('session_id', '=', sessionId)
    .where('type', 'in', transcriptTypes)
    .orderBy('sequence')
    .execute()
