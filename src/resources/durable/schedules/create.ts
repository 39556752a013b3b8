// POST /v1/durable/schedules
import { z } from 'zod'
import { newId } from '../../../contract/ids.ts'
import { Problem } from '../../../contract/problem.ts'
import { operation } from '../../context.ts'
import { fields, firstSlot, jsonOrNull, target, targetColumns } from './input.ts'
import { schedule, toSchedule } from './shape.ts'
import { clock, insertSchedule } from './store.ts'

/** Problems: `bad_request` for a rhythm that cannot be read or is never due, or a target that cannot be begun; `conflict` for the name. */
export const createSchedule = operation({
  name: 'create_schedule',
  route: 'POST /v1/durable/schedules',
  tag: 'durable-schedules',
  summary: 'Begin a workflow or a task by the clock: cron in a time zone.',
  needs: 'durable.manage',
  class: 'write',
  status: 201,
  input: z
    .object({
      ...fields,
      name: z.string().trim().min(1).max(255),
      target,
      timezone: fields.timezone.nullish().transform((given) => given ?? 'UTC'),
      enabled: z
        .boolean()
        .nullish()
        .transform((given) => given ?? true),
      catch_up_missed: z
        .boolean()
        .nullish()
        .transform((given) => given ?? false),
    })
    .meta({ id: 'CreateScheduleRequest' }),
  output: schedule,
  example: {
    input: {
      name: 'weekly-report',
      cron_expression: '0 9 * * MON',
      timezone: 'Europe/Madrid',
      target: { type: 'activity', name: 'send_report', input: { week: 'last' } },
    },
  },

  async run(ctx, given) {
    const { target: chosen, retry_policy, ...columns } = given
    const { name, cron_expression, timezone, enabled } = columns
    const first = firstSlot(cron_expression, timezone, await clock(ctx.tx))
    const row = await insertSchedule(ctx.tx, {
      ...columns,
      ...targetColumns(ctx, chosen),
      id: newId(),
      org_id: ctx.orgId,
      retry_policy: jsonOrNull(retry_policy),
      next_trigger_at: enabled ? first : null,
    })
    if (!row) throw new Problem('conflict', `A schedule named ${name} exists already`, { code: 'schedule_name_taken' })
    return toSchedule(row)
  },
})
