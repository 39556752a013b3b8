import { sql } from 'kysely'
import { z } from 'zod'
import { operation } from '../context.ts'
import { wireId } from '../shared/ids.ts'
import { headOrRefuse } from './cursor.ts'

const output = z
  .object({
    total: z.number().int(),
    by_type: z.array(z.object({ event_type: z.string(), count: z.number().int() }).meta({ id: 'EventTypeCountOut' })),
    first_ts: z.iso.datetime().optional(),
    last_ts: z.iso.datetime().optional(),
    turn_count: z.number().int(),
    error_count: z.number().int(),
  })
  .meta({ id: 'EventsSummaryResult' })

interface Row {
  type: string
  count: number
  failures: number
  first: Date
  last: Date
}

/** Errors are failed turns and tool calls that did not succeed. */
export const eventsSummary = operation({
  name: 'events_summary',
  route: 'GET /v1/sessions/{session_id}/events/summary',
  tag: 'events',
  summary: 'Count the events of a session by type.',
  needs: 'sessions.view',
  class: 'read',
  input: z.object({ session_id: wireId('session') }),
  output,

  async run(ctx, { session_id }) {
    await headOrRefuse(ctx, session_id)
    const { rows } = await sql<Row>`
      select type, count(*) as count, min(ts) as first, max(ts) as last, count(*) filter (
        where type = 'turn.failed' or (type = 'tool.completed' and data ->> 'success' = 'false')) as failures
      from events where session_id = ${session_id} and org_id = ${ctx.orgId} group by type order by type`.execute(ctx.tx)
    const times = rows.flatMap((row) => [row.first.getTime(), row.last.getTime()])
    const span = times.length > 0 && {
      first_ts: new Date(Math.min(...times)).toISOString(),
      last_ts: new Date(Math.max(...times)).toISOString(),
    }
    return {
      total: rows.reduce((sum, row) => sum + row.count, 0),
      by_type: rows.map((row) => ({ event_type: row.type, count: row.count })),
      ...(span || {}),
      turn_count: rows.find((row) => row.type === 'turn.started')?.count ?? 0,
      error_count: rows.reduce((sum, row) => sum + row.failures, 0),
    }
  },
})
