// How much a resource is used: its sessions and what their turns cost (ResourceStats).
import { type RawBuilder, type SqlBool, sql, type Transaction } from 'kysely'
import { z } from 'zod'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import { timestamp, toWireTimeOrNone } from './time.ts'

const count = z.number().int()

export const resourceStats = z
  .object({
    session_count: count,
    active_session_count: count,
    idle_session_count: count,
    started_session_count: count,
    waiting_for_tool_results_session_count: count,
    execution_count: count,
    total_session_duration_ms: count,
    avg_session_duration_ms: count.optional(),
    total_input_tokens: count,
    total_output_tokens: count,
    total_cache_read_tokens: count,
    total_cache_creation_tokens: count,
    total_actual_cost_usd: z.number(),
    total_estimated_cost_usd: z.number(),
    /** What was charged where that is known, what we reckoned where not. */
    total_cost_usd: z.number(),
    first_session_at: timestamp.optional(),
    last_session_at: timestamp.optional(),
    last_execution_at: timestamp.optional(),
  })
  .meta({ id: 'ResourceStats' })
export type ResourceStats = z.infer<typeof resourceStats>

type Sums = Omit<ResourceStats, 'first_session_at' | 'last_session_at' | 'last_execution_at'> & {
  first_session_at: Date | null
  last_session_at: Date | null
  last_execution_at: Date | null
}

/** The sums over an organisation's sessions; `which` is a condition on `s`, the session (`sql\`s.agent_id = ${id}\``). */
export async function sessionStats(tx: Transaction<Database>, orgId: Uuid, which: RawBuilder<SqlBool>): Promise<ResourceStats> {
  const { rows } = await sql<Sums>`
    select count(*) as session_count,
      count(*) filter (where w.status = 'running') as active_session_count,
      count(*) filter (where h.live_turn is null and h.last_input > 0) as idle_session_count,
      count(*) filter (where h.live_turn is null and coalesce(h.last_input, 0) = 0) as started_session_count,
      count(*) filter (where w.status = 'waiting') as waiting_for_tool_results_session_count,
      coalesce(sum(t.turns), 0)::int8 as execution_count,
      coalesce(sum(t.duration_ms), 0)::int8 as total_session_duration_ms,
      coalesce(sum(t.input_tokens), 0)::int8 as total_input_tokens,
      coalesce(sum(t.output_tokens), 0)::int8 as total_output_tokens,
      coalesce(sum(t.cache_read_tokens), 0)::int8 as total_cache_read_tokens,
      coalesce(sum(t.cache_creation_tokens), 0)::int8 as total_cache_creation_tokens,
      coalesce(sum(t.actual_cost_usd), 0) as total_actual_cost_usd,
      coalesce(sum(t.estimated_cost_usd), 0) as total_estimated_cost_usd,
      coalesce(sum(coalesce(nullif(t.actual_cost_usd, 0), t.estimated_cost_usd)), 0) as total_cost_usd,
      min(s.created_at) as first_session_at, max(s.created_at) as last_session_at, max(t.last_active_at) as last_execution_at
    from sessions s
    left join session_heads h on h.session_id = s.id
    left join workflows w on w.id = h.live_turn
    left join session_totals t on t.session_id = s.id
    where s.org_id = ${orgId} and ${which}`.execute(tx)
  const [sums] = rows
  if (!sums) throw new Error('an aggregate without groups has one row')
  return onWire(sums)
}

const onWire = ({ first_session_at, last_session_at, last_execution_at, ...sums }: Sums): ResourceStats => ({
  ...sums,
  ...(sums.session_count > 0 ? { avg_session_duration_ms: Math.round(sums.total_session_duration_ms / sums.session_count) } : {}),
  first_session_at: toWireTimeOrNone(first_session_at),
  last_session_at: toWireTimeOrNone(last_session_at),
  last_execution_at: toWireTimeOrNone(last_execution_at),
})
