// How many agents and harnesses of an organisation name each capability.
import { type Kysely, sql } from 'kysely'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'

export interface CapabilityUse {
  agents: number
  harnesses: number
}
export const unused: CapabilityUse = { agents: 0, harnesses: 0 }

type Row = { ref: string; agents: number; harnesses: number }

/** By the ref as it was written (an id or an alias); active ones only. */
export async function capabilityUse(tx: Kysely<Database>, orgId: Uuid): Promise<Map<string, CapabilityUse>> {
  const { rows } = await sql<Row>`
    select ref, count(distinct agent_id) as agents, count(distinct harness_id) as harnesses from (
      select c ->> 'ref' as ref, a.id as agent_id, null::uuid as harness_id
      from agents a cross join json_array_elements(a.capabilities) c where a.org_id = ${orgId} and a.status = 'active'
      union all
      select c ->> 'ref', null, h.id
      from harnesses h cross join json_array_elements(h.capabilities) c where h.org_id = ${orgId} and h.status = 'active'
    ) used group by ref`.execute(tx)
  return new Map(rows.map(({ ref, ...use }) => [ref, use]))
}
