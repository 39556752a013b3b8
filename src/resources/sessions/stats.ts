import { z } from 'zod'
import { operation } from '../context.ts'
import { countByStatus, type SessionStatus } from './store.ts'

const count = z.number().int()

export const getSessionStats = operation({
  name: 'get_session_stats',
  route: 'GET /v1/sessions/stats',
  tag: 'sessions',
  summary: 'How many sessions there are, by status. Paused ones are only in the total.',
  needs: 'sessions.view',
  class: 'read',
  input: z.object({}),
  output: z
    .object({ total: count, active: count, idle: count, started: count, waiting_for_tool_results: count })
    .meta({ id: 'SessionStatsResponse' }),

  async run({ tx, orgId }) {
    const counts = await countByStatus(tx, orgId)
    const numberOf = (status: SessionStatus) => counts.find((row) => row.status === status)?.n ?? 0
    return {
      total: counts.reduce((sum, row) => sum + row.n, 0),
      active: numberOf('active'),
      idle: numberOf('idle'),
      started: numberOf('started'),
      waiting_for_tool_results: numberOf('waiting_for_tool_results'),
    }
  },
})
