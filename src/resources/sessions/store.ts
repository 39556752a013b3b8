// The statements over sessions, one function each. A session's status is nowhere stored: it is read off its head and live turn.
import { type Insertable, type RawBuilder, type Selectable, sql, type Transaction, type Updateable } from 'kysely'
import type { EventData } from '../../contract/events/index.ts'
import { draft } from '../../contract/events/index.ts'
import { eventId, type Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import type { Database } from '../../db/schema.ts'
import type { Sessions, SessionTotals } from '../../db/schema-resources.ts'
import { matches } from '../shared/search.ts'

type Tx = Transaction<Database>

export const sessionStatuses = ['started', 'active', 'idle', 'waiting_for_tool_results', 'paused'] as const
export type SessionStatus = (typeof sessionStatuses)[number]

type Totals = Omit<Selectable<SessionTotals>, 'session_id' | 'org_id' | 'duration_ms'>
/** A session with what its turns made of it. The totals are null until its first turn has ended. */
export type SessionRow = Selectable<Sessions> & { [column in keyof Totals]: Totals[column] | null } & {
  status: SessionStatus
  is_pinned: boolean
  agent_name: string | null
}

const status: RawBuilder<SessionStatus> = sql`case
  when h.live_turn is not null and w.status = 'waiting' then 'waiting_for_tool_results'
  when h.live_turn is not null and w.status = 'paused' then 'paused'
  when h.live_turn is not null then 'active'
  when coalesce(h.last_input, 0) = 0 then 'started'
  else 'idle' end`

const totalsColumns = [
  't.turns',
  't.input_tokens',
  't.output_tokens',
  't.cache_read_tokens',
  't.cache_creation_tokens',
  't.estimated_cost_usd',
  't.actual_cost_usd',
  't.preview',
  't.output_preview',
  't.started_at',
  't.last_active_at',
] as const

const isPinnedBy = (userId: Uuid) => sql<boolean>`exists (
  select from session_pins p where p.org_id = s.org_id and p.user_id = ${userId} and p.session_id = s.id)`

const withTurns = (tx: Tx, orgId: Uuid) =>
  tx
    .selectFrom('sessions as s')
    .leftJoin('session_heads as h', 'h.session_id', 's.id')
    .leftJoin('workflows as w', 'w.id', 'h.live_turn')
    .leftJoin('session_totals as t', 't.session_id', 's.id')
    .leftJoin('agents as a', (join) => join.onRef('a.org_id', '=', 's.org_id').onRef('a.id', '=', 's.agent_id'))
    .where('s.org_id', '=', orgId)

const rows = (tx: Tx, orgId: Uuid, userId: Uuid) =>
  withTurns(tx, orgId)
    .selectAll('s')
    .select(totalsColumns)
    .select(['a.name as agent_name', status.as('status'), isPinnedBy(userId).as('is_pinned')])

export interface SessionFilter {
  search?: string | null
  agentId?: Uuid | null
}

/** Newest first. */
export const sessionsOfOrg = (
  tx: Tx,
  orgId: Uuid,
  userId: Uuid,
  filter: SessionFilter,
  page: { offset: number; limit: number },
): Promise<SessionRow[]> =>
  rows(tx, orgId, userId)
    .where(wanted(filter))
    .orderBy('s.created_at', 'desc')
    .orderBy('s.id', 'desc')
    .offset(page.offset)
    .limit(page.limit)
    .execute()

export async function countSessions(tx: Tx, orgId: Uuid, filter: SessionFilter): Promise<number> {
  const { n } = await tx
    .selectFrom('sessions as s')
    .select(sql<number>`count(*)`.as('n'))
    .where('s.org_id', '=', orgId)
    .where(wanted(filter))
    .executeTakeFirstOrThrow()
  return n
}

const wanted = ({ search, agentId }: SessionFilter): RawBuilder<boolean> =>
  sql<boolean>`${matches(search, ['s.title'])} and ${agentId ? sql`s.agent_id = ${agentId}` : sql`true`}`

export const findSession = (tx: Tx, orgId: Uuid, userId: Uuid, id: Uuid): Promise<SessionRow | undefined> =>
  rows(tx, orgId, userId).where('s.id', '=', id).executeTakeFirst()

export const noSession = (): Problem => new Problem('not_found', 'There is no such session', { code: 'session_not_found' })

/** Problem not_found where it is not. */
export async function sessionExists(tx: Tx, orgId: Uuid, id: Uuid): Promise<void> {
  const row = await tx.selectFrom('sessions').select('id').where('org_id', '=', orgId).where('id', '=', id).executeTakeFirst()
  if (!row) throw noSession()
}

export const countByStatus = (tx: Tx, orgId: Uuid): Promise<{ status: SessionStatus; n: number }[]> =>
  withTurns(tx, orgId)
    .select([status.as('status'), sql<number>`count(*)`.as('n')])
    .groupBy(sql`1`)
    .execute()

/** The session, its head, and the event every session begins with. */
export async function insertSession(tx: Tx, session: Insertable<Sessions>, started: EventData<'session.started'>): Promise<void> {
  const { id: session_id, org_id } = session
  await tx.insertInto('sessions').values(session).execute()
  await tx.insertInto('session_heads').values({ session_id, org_id, last_sequence: 1 }).execute()
  const { type, data } = draft('session.started', started)
  await tx
    .insertInto('events')
    .values({ session_id, org_id, sequence: 1, id: eventId(1), type, data, ts: sql<Date>`clock_timestamp()` })
    .execute()
}

export const changeSession = async (tx: Tx, orgId: Uuid, id: Uuid, change: Updateable<Sessions>): Promise<void> => {
  await tx
    .updateTable('sessions')
    .set({ ...change, updated_at: sql<Date>`now()` })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .execute()
}

/** The lock of everything that happens to a session. False where there is none. */
export async function lockHead(tx: Tx, orgId: Uuid, id: Uuid): Promise<boolean> {
  const head = tx.selectFrom('session_heads').select('session_id').where('org_id', '=', orgId).where('session_id', '=', id)
  return (await head.forNoKeyUpdate().executeTakeFirst()) !== undefined
}

export const pinSession = async (tx: Tx, orgId: Uuid, userId: Uuid, id: Uuid): Promise<void> => {
  await tx
    .insertInto('session_pins')
    .values({ org_id: orgId, user_id: userId, session_id: id })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export const unpinSession = async (tx: Tx, orgId: Uuid, userId: Uuid, id: Uuid): Promise<void> => {
  await tx
    .deleteFrom('session_pins')
    .where('org_id', '=', orgId)
    .where('user_id', '=', userId)
    .where('session_id', '=', id)
    .execute()
}

/** Answers what the session's tasks are found by. */
export async function deleteWorkflows(tx: Tx, orgId: Uuid, session: Uuid): Promise<Uuid[]> {
  const gone = tx.deleteFrom('workflows').where('org_id', '=', orgId).where('session_id', '=', session).returning('id')
  return (await gone.execute()).map(({ id }) => id)
}

/** Every task has a workflow, and is found by it: there is no index by the session, which would cost each step of every turn. */
export const deleteTasksOf = async (tx: Tx, workflows: readonly Uuid[]): Promise<void> => {
  await sql`delete from tasks where workflow_id = any(${workflows}::uuid[])`.execute(tx)
}
