// How much agents and harnesses are used: the sessions of each, and what their turns took.
import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import type { Uuid } from '../../contract/ids.ts'
import type { TokenUsage } from '../../contract/message.ts'
import type { Database } from '../../db/schema.ts'

/** Spread into a schema: the contract's ResourceCounts. */
export const counts = { session_count: z.number().int(), app_count: z.number().int() }

export interface Use {
  sessionCount: number
  usage: TokenUsage
}

type Sums = { id: Uuid; session_count: number } & Required<
  Pick<TokenUsage, 'input_tokens' | 'output_tokens' | 'cache_read_tokens' | 'cache_creation_tokens' | 'estimated_cost_usd'>
>

/** By the id of the agent or harness; what has no session is not in it. */
export async function useOf(
  tx: Kysely<Database>,
  orgId: Uuid,
  column: 'agent_id' | 'harness_id',
  ids: readonly Uuid[],
): Promise<Map<Uuid, Use>> {
  const { rows } = await sql<Sums>`
    select s.${sql.ref(column)} as id, count(*) as session_count,
      coalesce(sum(t.input_tokens), 0)::int8 as input_tokens, coalesce(sum(t.output_tokens), 0)::int8 as output_tokens,
      coalesce(sum(t.cache_read_tokens), 0)::int8 as cache_read_tokens,
      coalesce(sum(t.cache_creation_tokens), 0)::int8 as cache_creation_tokens,
      coalesce(sum(t.estimated_cost_usd), 0) as estimated_cost_usd
    from sessions s left join session_totals t on t.session_id = s.id
    where s.org_id = ${orgId} and s.${sql.ref(column)} = any(${ids}::uuid[])
    group by 1`.execute(tx)
  return new Map(rows.map(({ id, session_count, ...usage }) => [id, { sessionCount: session_count, usage }]))
}
