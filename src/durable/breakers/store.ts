// The rows of circuits: one per circuit that was ever opened, written only when it opens or closes.
import type pg from 'pg'
import type { Uuid } from '../../contract/ids.ts'

export interface OpenCircuit {
  orgId: Uuid
  key: string
  /** Names this opening: equal as long as nobody opened it anew. */
  mark: string
  /** Until it is half open, ms; not positive once it is. */
  leftMs: number
}

const columns = `org_id as "orgId", key, half_open_at::text as mark,
  (extract(epoch from half_open_at - clock_timestamp()) * 1000)::float8 as "leftMs"`

export async function openCircuits(pool: pg.Pool): Promise<OpenCircuit[]> {
  const { rows } = await pool.query<OpenCircuit>({
    name: 'open_circuits',
    text: `select ${columns} from circuit_breakers where state = 'open'`,
  })
  return rows
}

/** It opened here. */
export async function writeOpened(
  pool: pg.Pool,
  circuit: { orgId: Uuid; key: string; failures: number; resetMs: number },
): Promise<OpenCircuit | undefined> {
  const { orgId, key, failures, resetMs } = circuit
  const { rows } = await pool.query<OpenCircuit>({
    name: 'open_circuit',
    text: `insert into circuit_breakers as b (org_id, key, state, failure_count, last_failure_at, opened_at, half_open_at, updated_at)
           values ($1, $2, 'open', $3, clock_timestamp(), clock_timestamp(), clock_timestamp() + $4 * interval '1 ms', clock_timestamp())
           on conflict (org_id, key) do update set state = 'open', failure_count = excluded.failure_count, success_count = 0,
             last_failure_at = excluded.last_failure_at, opened_at = excluded.opened_at, half_open_at = excluded.half_open_at,
             updated_at = excluded.updated_at
           returning ${columns}`,
    values: [orgId, key, failures, resetMs],
  })
  return rows[0]
}

/** It closed here, unless somebody opened it anew meanwhile. */
export async function writeClosed(pool: pg.Pool, circuit: { orgId: Uuid; key: string; mark: string }): Promise<void> {
  await pool.query({
    name: 'close_circuit',
    text: `update circuit_breakers set state = 'closed', failure_count = 0, success_count = 0, opened_at = null, half_open_at = null,
             updated_at = clock_timestamp()
           where org_id = $1 and key = $2 and state = 'open' and half_open_at::text = $3`,
    values: [circuit.orgId, circuit.key, circuit.mark],
  })
}
