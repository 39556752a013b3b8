// Schedules and their executions on the wire: plain UUIDs, as everywhere in the admin API.
import { z } from 'zod'
import type { ScheduleRow } from '../../../durable/index.ts'
import { timestamp, toWireTime, toWireTimeOrNone } from '../../shared/time.ts'
import { count, uuid } from '../lists.ts'

const target = z
  .object({ type: z.string(), name: z.string(), input: z.any().meta({ type: 'object' }) })
  .meta({ id: 'ScheduleTargetResponse' })

export const schedule = z
  .object({
    id: uuid,
    name: z.string(),
    description: z.string().optional(),
    cron_expression: z.string(),
    timezone: z.string(),
    target,
    enabled: z.boolean(),
    max_concurrent: count.optional(),
    catch_up_missed: z.boolean(),
    max_catch_up: count.optional(),
    retry_policy: z.any().optional(),
    last_triggered_at: timestamp.optional(),
    next_trigger_at: timestamp.optional(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'ScheduleResponse' })

/** Row → wire. */
export const toSchedule = (row: ScheduleRow): z.input<typeof schedule> => ({
  id: row.id,
  name: row.name,
  description: row.description ?? undefined,
  cron_expression: row.cron_expression,
  timezone: row.timezone,
  target: { type: row.target_type, name: row.target_name, input: row.target_input },
  enabled: row.enabled,
  max_concurrent: row.max_concurrent ?? undefined,
  catch_up_missed: row.catch_up_missed,
  max_catch_up: row.max_catch_up ?? undefined,
  retry_policy: row.retry_policy ?? undefined,
  last_triggered_at: toWireTimeOrNone(row.last_triggered_at),
  next_trigger_at: toWireTimeOrNone(row.next_trigger_at),
  created_at: toWireTime(row.created_at),
  updated_at: toWireTime(row.updated_at),
})

export const executionStatuses = ['running', 'completed', 'failed', 'skipped'] as const

export interface ExecutionRow {
  id: string
  schedule_id: string
  slot: Date | null
  started_at: Date
  completed_at: Date | null
  status: (typeof executionStatuses)[number]
  workflow_id: string | null
  task_id: string | null
  error: string | null
  created_at: Date
}

export const execution = z
  .object({
    id: uuid,
    schedule_id: uuid,
    scheduled_at: timestamp,
    started_at: timestamp,
    completed_at: timestamp.optional(),
    /** `running` until what it began has ended. */
    status: z.string(),
    workflow_id: uuid.optional(),
    task_id: uuid.optional(),
    error: z.string().optional(),
    duration_ms: count.optional(),
    created_at: timestamp,
  })
  .meta({ id: 'ScheduleExecutionResponse' })

/** Row → wire. One that was started by hand was due when it began; a task shows without the workflow that carries it. */
export const toExecution = (row: ExecutionRow): z.input<typeof execution> => ({
  id: row.id,
  schedule_id: row.schedule_id,
  scheduled_at: toWireTime(row.slot ?? row.started_at),
  started_at: toWireTime(row.started_at),
  completed_at: toWireTimeOrNone(row.completed_at),
  status: row.status,
  workflow_id: row.task_id ? undefined : (row.workflow_id ?? undefined),
  task_id: row.task_id ?? undefined,
  error: row.error ?? undefined,
  duration_ms: row.completed_at ? Math.max(0, row.completed_at.getTime() - row.started_at.getTime()) : undefined,
  created_at: toWireTime(row.created_at),
})
