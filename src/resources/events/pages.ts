// The pages of the event list. Each takes the conditions on content and gives its events oldest first.
import { type Kysely, sql } from 'kysely'
import type { StoredEvent } from '../../contract/events/index.ts'
import type { Database } from '../../db/schema.ts'
import { both, type Condition, isNoDelta } from './filters.ts'
import { type EventRow, eventColumns, storedEvent } from './store.ts'

export const maxEvents = 1_000

/** The first events after a place. */
export const firstEvents = (db: Kysely<Database>, where: Condition, limit: number): Promise<StoredEvent[]> =>
  select(db, sql`select ${eventColumns} from events where ${where} order by sequence limit ${limit}`)

/** The last events before a place. */
export async function lastEvents(db: Kysely<Database>, where: Condition, limit: number): Promise<StoredEvent[]> {
  const newestFirst = await select(
    db,
    sql`select ${eventColumns} from events where ${where} order by sequence desc limit ${limit}`,
  )
  return newestFirst.reverse()
}

/**
 * The last events, begun where their first turn begins, so that a page never starts in the middle of one; unless that makes
 * more than a thousand. `log` are the conditions of the session alone: the turn's beginning may be filtered out.
 */
export async function lastEventsOfWholeTurns(
  db: Kysely<Database>,
  log: Condition,
  where: Condition,
  limit: number,
): Promise<StoredEvent[]> {
  const found = await lastEvents(db, where, limit)
  const first = found[0]?.sequence
  if (first === undefined) return found
  const start = await sql<{ sequence: number }>`
    select sequence from events where ${log} and type = 'turn.started' and sequence <= ${first}
    order by sequence desc limit 1`.execute(db)
  const begin = start.rows[0]?.sequence
  return begin === undefined || begin === first ? found : lastEvents(db, both(where, sql`sequence >= ${begin}`), maxEvents)
}

/** A window of events around a sequence: half before it, the rest from it on. */
export async function eventsAround(
  db: Kysely<Database>,
  where: Condition,
  center: number,
  window: number,
): Promise<StoredEvent[]> {
  const before = await lastEvents(db, both(where, sql`sequence < ${center}`), Math.floor(window / 2))
  const from = await firstEvents(db, both(where, sql`sequence >= ${center}`), Math.ceil(window / 2))
  return [...before, ...from]
}

/** How many events the filters let through, deltas not counted. */
export async function countEvents(db: Kysely<Database>, where: Condition): Promise<number> {
  const found = await sql<{ total: number }>`select count(*) as total from events where ${both(where, isNoDelta)}`.execute(db)
  return found.rows[0]?.total ?? 0
}

async function select(db: Kysely<Database>, statement: ReturnType<typeof sql<EventRow>>): Promise<StoredEvent[]> {
  const found = await statement.execute(db)
  return found.rows.map(storedEvent)
}
