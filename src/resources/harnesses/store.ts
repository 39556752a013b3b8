// Harnesses, one function per statement. A deleted one is nowhere but in old references.
import { type Insertable, type Kysely, type Selectable, sql, type Updateable } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import type { Harnesses } from '../../db/schema-resources.ts'
import type { NameOrId } from '../shared/ids.ts'
import { matches } from '../shared/search.ts'

export type HarnessRow = Selectable<Harnesses>
type Tx = Kysely<Database>

const living = (tx: Tx, orgId: Uuid) =>
  tx.selectFrom('harnesses').selectAll().where('org_id', '=', orgId).where('status', '<>', 'deleted')

export const findHarness = (tx: Tx, orgId: Uuid, which: NameOrId): Promise<HarnessRow | undefined> =>
  'id' in which
    ? living(tx, orgId).where('id', '=', which.id).executeTakeFirst()
    : living(tx, orgId).where('name', '=', which.name).executeTakeFirst()

/** Built-ins first, then by name. */
export const harnessesOfOrg = (tx: Tx, orgId: Uuid, search: string | undefined, archived: boolean): Promise<HarnessRow[]> =>
  living(tx, orgId)
    .$if(!archived, (query) => query.where('status', '=', 'active'))
    .where(matches(search, ['name', 'display_name', 'description']))
    .orderBy('is_built_in', 'desc')
    .orderBy('name')
    .execute()

/** Undefined when the name is taken. */
export const insertHarness = (tx: Tx, harness: Insertable<Harnesses>): Promise<HarnessRow | undefined> =>
  tx
    .insertInto('harnesses')
    .values(harness)
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()

export const updateHarness = (tx: Tx, orgId: Uuid, id: Uuid, changes: Updateable<Harnesses>): Promise<HarnessRow> =>
  tx
    .updateTable('harnesses')
    .set(changes)
    .where('org_id', '=', orgId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()

/** How many harnesses inherit from it and how many agents prefer it, deleted ones apart. */
export async function dependentsOf(tx: Tx, orgId: Uuid, id: Uuid): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select (select count(*) from harnesses where org_id = ${orgId} and parent_harness_id = ${id} and status <> 'deleted')
      + (select count(*) from agents where org_id = ${orgId} and harness_id = ${id} and status <> 'deleted') as n`.execute(tx)
  return rows[0]?.n ?? 0
}

/** No chain is longer: the door refuses it, and a loop in the data must end. */
export const maxChain = 32

/** From the root to the harness itself. */
export async function chainOf(tx: Tx, orgId: Uuid, id: Uuid): Promise<HarnessRow[]> {
  const { rows } = await sql<HarnessRow>`
    with recursive chain as (
      select h.id, h.parent_harness_id, 1 as depth from harnesses h where h.org_id = ${orgId} and h.id = ${id}
      union all
      select p.id, p.parent_harness_id, c.depth + 1
      from chain c join harnesses p on p.org_id = ${orgId} and p.id = c.parent_harness_id
      where c.depth < ${maxChain}
    )
    select h.* from chain c join harnesses h on h.org_id = ${orgId} and h.id = c.id order by c.depth desc`.execute(tx)
  return rows
}
