// The rows of circuit breakers as an admin sees and changes them. Every control plane looks at them within a second.
import { type Kysely, sql } from 'kysely'
import type { Uuid } from '../../../contract/ids.ts'
import { Problem } from '../../../contract/problem.ts'
import type { Database } from '../../../db/schema.ts'
import { usualCircuit } from '../../../durable/index.ts'
import type { CircuitRow } from './shape.ts'

type Tx = Kysely<Database>

/** Half open is an open one whose time has come. */
const columns = sql`key, case when state = 'open' and half_open_at <= clock_timestamp() then 'half_open' else state end as state,
  failure_count, success_count, last_failure_at, opened_at, half_open_at, updated_at`

export const noCircuit = (): Problem => new Problem('not_found', 'There is no such circuit breaker')

export async function circuitsOfOrg(tx: Tx, orgId: Uuid): Promise<CircuitRow[]> {
  const { rows } = await sql<CircuitRow>`select ${columns} from circuit_breakers where org_id = ${orgId} order by key`.execute(tx)
  return rows
}

/** Problem `not_found`. */
export async function findCircuit(tx: Tx, orgId: Uuid, key: string): Promise<CircuitRow> {
  const { rows } = await sql<CircuitRow>`
    select ${columns} from circuit_breakers where org_id = ${orgId} and key = ${key}`.execute(tx)
  if (!rows[0]) throw noCircuit()
  return rows[0]
}

/** True when there was one. */
export async function deleteCircuit(tx: Tx, orgId: Uuid, key: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('circuit_breakers')
    .where('org_id', '=', orgId)
    .where('key', '=', key)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** For the usual time, as if it had failed too often. */
export async function openCircuit(tx: Tx, orgId: Uuid, key: string): Promise<void> {
  await sql`
    insert into circuit_breakers (org_id, key, state, opened_at, half_open_at, updated_at)
    values (${orgId}, ${key}, 'open', clock_timestamp(), clock_timestamp() + ${usualCircuit.resetMs} * interval '1 ms', clock_timestamp())
    on conflict (org_id, key) do update set state = 'open', failure_count = 0, success_count = 0, opened_at = excluded.opened_at,
      half_open_at = excluded.half_open_at, updated_at = excluded.updated_at`.execute(tx)
}

/** True when there is one. */
export async function closeCircuit(tx: Tx, orgId: Uuid, key: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update circuit_breakers set state = 'closed', failure_count = 0, success_count = 0, opened_at = null, half_open_at = null,
      updated_at = clock_timestamp()
    where org_id = ${orgId} and key = ${key}`.execute(tx)
  return (numAffectedRows ?? 0n) > 0n
}
