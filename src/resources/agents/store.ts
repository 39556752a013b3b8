// Agents, one function per statement. A deleted one is nowhere but in old references.
import { type Insertable, type Kysely, type Selectable, sql, type Updateable } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import type { Agents } from '../../db/schema-resources.ts'
import type { NameOrId } from '../shared/ids.ts'
import { matches } from '../shared/search.ts'

export type AgentRow = Selectable<Agents>
type Tx = Kysely<Database>

const living = (tx: Tx, orgId: Uuid) =>
  tx.selectFrom('agents').selectAll().where('org_id', '=', orgId).where('status', '<>', 'deleted')

export const findAgentById = (tx: Tx, orgId: Uuid, id: Uuid): Promise<AgentRow | undefined> =>
  living(tx, orgId).where('id', '=', id).executeTakeFirst()

export const findAgentByName = (tx: Tx, orgId: Uuid, name: string): Promise<AgentRow | undefined> =>
  living(tx, orgId).where('name', '=', name).executeTakeFirst()

export const findAgent = (tx: Tx, orgId: Uuid, which: NameOrId): Promise<AgentRow | undefined> =>
  'id' in which ? findAgentById(tx, orgId, which.id) : findAgentByName(tx, orgId, which.name)

export const agentsByIds = (tx: Tx, orgId: Uuid, ids: readonly Uuid[]): Promise<AgentRow[]> =>
  ids.length === 0 ? Promise.resolve([]) : living(tx, orgId).where('id', 'in', ids).execute()

export interface AgentQuery {
  search?: string | null
  include_archived?: boolean | null
  offset: number
  limit: number
}

/** One page, newest first, and how many there are in all. */
export async function agentsOfOrg(tx: Tx, orgId: Uuid, query: AgentQuery): Promise<{ rows: AgentRow[]; total: number }> {
  const found = living(tx, orgId)
    .$if(!query.include_archived, (agents) => agents.where('status', '=', 'active'))
    .where(matches(query.search, ['name', 'display_name', 'description']))
  const page = found.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(query.limit).offset(query.offset)
  const rows = await page.execute()
  const { total } = await found.clearSelect().select(sql<number>`count(*)`.as('total')).executeTakeFirstOrThrow()
  return { rows, total }
}

/** Undefined when its id or its name is taken. */
export const insertAgent = (tx: Tx, agent: Insertable<Agents>): Promise<AgentRow | undefined> =>
  tx
    .insertInto('agents')
    .values(agent)
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()

export const updateAgent = (tx: Tx, orgId: Uuid, id: Uuid, changes: Updateable<Agents>): Promise<AgentRow> =>
  tx.updateTable('agents').set(changes).where('org_id', '=', orgId).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
