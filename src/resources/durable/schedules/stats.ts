// GET /v1/durable/schedules/{schedule_id}/stats
import { z } from 'zod'
import { operation } from '../../context.ts'
import { count, uuid } from '../lists.ts'
import { findSchedule, statsOf } from './store.ts'

export const getScheduleStats = operation({
  name: 'get_schedule_stats',
  route: 'GET /v1/durable/schedules/{schedule_id}/stats',
  tag: 'durable-schedules',
  summary: 'Count what a schedule did in the last 90 days.',
  needs: 'durable.view',
  class: 'read',
  input: z.object({ schedule_id: uuid }),
  output: z
    .object({
      total_executions: count,
      successful_executions: count,
      failed_executions: count,
      skipped_executions: count,
      avg_duration_ms: count.optional(),
      last_execution_status: z.string().optional(),
    })
    .meta({ id: 'ScheduleStatsResponse' }),

  async run({ tx, orgId }, { schedule_id }) {
    await findSchedule(tx, orgId, schedule_id)
    const stats = await statsOf(tx, orgId, schedule_id)
    return {
      total_executions: stats.total,
      successful_executions: stats.completed,
      failed_executions: stats.failed,
      skipped_executions: stats.skipped,
      avg_duration_ms: stats.avg_ms ?? undefined,
      last_execution_status: stats.last_status ?? undefined,
    }
  },
})
