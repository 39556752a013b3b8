// The statements over workspaces, one function each. A deleted workspace is not found.
import { sql, type Transaction, type Updateable } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import type { Database } from '../../db/schema.ts'
import type { Workspaces } from '../../db/schema-resources.ts'
import { matches } from '../shared/search.ts'
import type { WorkspaceRow } from './shape.ts'

type Tx = Transaction<Database>

const maxListed = 1000

/** The newest 1,000. */
export const workspacesOfOrg = (
  tx: Tx,
  orgId: Uuid,
  filter: { search?: string | null; archived: boolean },
): Promise<WorkspaceRow[]> =>
  tx
    .selectFrom('workspaces')
    .selectAll()
    .where('org_id', '=', orgId)
    .where('status', 'in', filter.archived ? ['active', 'archived'] : ['active'])
    .where(matches(filter.search, ['workspaces.name', 'workspaces.description']))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(maxListed)
    .execute()

export const findWorkspace = (tx: Tx, orgId: Uuid, id: Uuid): Promise<WorkspaceRow | undefined> =>
  existing(tx, orgId, id).executeTakeFirst()

/** Every writer of its files takes this first: what it then reads stays. */
export const lockWorkspace = (tx: Tx, orgId: Uuid, id: Uuid): Promise<WorkspaceRow | undefined> =>
  existing(tx, orgId, id).forNoKeyUpdate().executeTakeFirst()

const existing = (tx: Tx, orgId: Uuid, id: Uuid) =>
  tx.selectFrom('workspaces').selectAll().where('org_id', '=', orgId).where('id', '=', id).where('status', '<>', 'deleted')

/** Answers null where the name is taken. */
export async function insertWorkspace(
  tx: Tx,
  row: { id: Uuid; org_id: Uuid; name: string; description: string | null },
): Promise<WorkspaceRow | null> {
  const inserted = await tx
    .insertInto('workspaces')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  return inserted ?? null
}

export const isNameTaken = async (tx: Tx, orgId: Uuid, name: string, exceptId: Uuid): Promise<boolean> =>
  (await tx
    .selectFrom('workspaces')
    .select('id')
    .where('org_id', '=', orgId)
    .where('name', '=', name)
    .where('status', '<>', 'deleted')
    .where('id', '<>', exceptId)
    .executeTakeFirst()) !== undefined

export const changeWorkspace = (tx: Tx, orgId: Uuid, id: Uuid, change: Updateable<Workspaces>): Promise<WorkspaceRow> =>
  tx
    .updateTable('workspaces')
    .set({ ...change, updated_at: sql<Date>`now()` })
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()

export const noWorkspace = (): Problem => new Problem('not_found', 'There is no such workspace', { code: 'workspace_not_found' })
export const nameTaken = (name: string): Problem =>
  new Problem('conflict', `Another workspace is named ${name}`, { code: 'workspace_name_taken' })
