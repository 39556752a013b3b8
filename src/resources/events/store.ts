// The log as readers need it. Every statement names the organisation, because the feed reads outside a request's transaction.
import { type Kysely, sql } from 'kysely'
import { type EventType, type StoredEvent, transcriptTypes } from '../../contract/events/index.ts'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'

export interface EventRow {
  session_id: Uuid
  org_id: Uuid
  sequence: number
  id: Uuid
  type: string
  ts: Date
  turn_id: Uuid | null
  exec_id: Uuid | null
  data: string
  extra: string | null
}

/** The columns of an event, its data as the text that was stored. */
export const eventColumns = sql`session_id, org_id, sequence, id, type, ts, turn_id, exec_id, data::text as data, extra::text as extra`

/** Row → event. The type was one of the registry's when it was stored. */
export const storedEvent = (row: EventRow): StoredEvent => ({
  sessionId: row.session_id,
  orgId: row.org_id,
  sequence: row.sequence,
  id: row.id,
  type: row.type as EventType, // only drafts of registered types are ever stored
  ts: row.ts.getTime(),
  turnId: row.turn_id,
  execId: row.exec_id,
  data: row.data,
  extra: row.extra,
})

/** Where a session's log ends; undefined when there is no such session (in the reader's organisation). */
export async function headOf(db: Kysely<Database>, orgId: Uuid, session: Uuid): Promise<number | undefined> {
  const found = await sql<{ last_sequence: number }>`
    select last_sequence from session_heads where session_id = ${session} and org_id = ${orgId}`.execute(db)
  return found.rows[0]?.last_sequence
}

/** The ends of many logs in one statement; sessions that are gone are left out. */
export async function headsOf(db: Kysely<Database>, sessions: readonly Uuid[]): Promise<Map<Uuid, number>> {
  const found = await sql<{ session_id: Uuid; last_sequence: number }>`
    select session_id, last_sequence from session_heads where session_id = any(${sessions}::uuid[])`.execute(db)
  return new Map(found.rows.map((row) => [row.session_id, row.last_sequence]))
}

/** The next events after a sequence, in order. */
export async function eventsAfter(
  db: Kysely<Database>,
  orgId: Uuid,
  session: Uuid,
  after: number,
  limit: number,
): Promise<StoredEvent[]> {
  const found = await sql<EventRow>`
    select ${eventColumns} from events
    where session_id = ${session} and org_id = ${orgId} and sequence > ${after}
    order by sequence limit ${limit}`.execute(db)
  return found.rows.map(storedEvent)
}

/** The last sequence whose event is older than an id of another log or clock; 0 when none is. */
export async function sequenceBefore(db: Kysely<Database>, orgId: Uuid, session: Uuid, id: Uuid): Promise<number> {
  const found = await sql<{ sequence: number | null }>`
    select max(sequence) as sequence from events where session_id = ${session} and org_id = ${orgId} and id <= ${id}`.execute(db)
  return found.rows[0]?.sequence ?? 0
}

/** Data of the earlier pieces of the same stream of one attempt, oldest first. The attempt's first event bounds the search. */
export async function piecesBefore(db: Kysely<Database>, event: StoredEvent): Promise<string[]> {
  const found = await sql<{ data: string }>`
    select data::text as data from events
    where session_id = ${event.sessionId} and org_id = ${event.orgId} and sequence < ${event.sequence}
      and sequence >= coalesce((
        select sequence from events
        where session_id = ${event.sessionId} and org_id = ${event.orgId} and sequence < ${event.sequence}
          and exec_id = ${event.execId} and type = 'reason.started'
        order by sequence desc limit 1), 0)
      and exec_id = ${event.execId} and type = ${event.type}
    order by sequence`.execute(db)
  return found.rows.map((row) => row.data)
}

/** Data of the event that completed the message a piece belongs to; undefined when it never was. */
export async function completedMessage(db: Kysely<Database>, piece: StoredEvent, messageId: string): Promise<string | undefined> {
  const found = await sql<{ data: string }>`
    select data::text as data from events
    where session_id = ${piece.sessionId} and org_id = ${piece.orgId} and sequence > ${piece.sequence}
      and type = 'output.message.completed' and data -> 'message' ->> 'id' = ${messageId}
    order by sequence limit 1`.execute(db)
  return found.rows[0]?.data
}

/** The events a model's context is read from, between two sequences: `after` exclusive, `through` inclusive. */
export async function transcriptBetween(
  db: Kysely<Database>,
  orgId: Uuid,
  session: Uuid,
  after: number,
  through: number,
): Promise<StoredEvent[]> {
  const found = await sql<EventRow>`
    select ${eventColumns} from events
    where session_id = ${session} and org_id = ${orgId} and sequence > ${after} and sequence <= ${through}
      and type = any(${[...transcriptTypes]})
    order by sequence`.execute(db)
  return found.rows.map(storedEvent)
}

/** JSON text of a shared body (a prompt, a tool list) by its hash. */
export async function contentOf(db: Kysely<Database>, orgId: Uuid, hash: string): Promise<string | undefined> {
  const found = await sql<{ body: string }>`
    select body::text as body from contents where org_id = ${orgId} and hash = ${hash}`.execute(db)
  return found.rows[0]?.body
}
