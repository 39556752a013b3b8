// PATCH /v1/durable/schedules/{schedule_id}: what is left out stays; null clears what a schedule may be without.
import { z } from 'zod'
import { lockSchedule, type ScheduleRow } from '../../../durable/index.ts'
import { type Ctx, operation } from '../../context.ts'
import { uuid } from '../lists.ts'
import { fields, firstSlot, jsonOrNull, target, targetColumns } from './input.ts'
import { schedule, toSchedule } from './shape.ts'
import { noSchedule, updateSchedule as updateRow } from './store.ts'

const input = z
  .object({
    ...fields,
    schedule_id: uuid,
    cron_expression: fields.cron_expression.nullish(),
    timezone: fields.timezone.nullish(),
    enabled: z.boolean().nullish(),
    catch_up_missed: z.boolean().nullish(),
    target: target.nullish(),
  })
  .meta({ id: 'UpdateScheduleRequest' })
type Given = z.output<typeof input>

/** A new rhythm begins now. Problems: `not_found`, `bad_request` as for a new schedule. */
export const updateSchedule = operation({
  name: 'update_schedule',
  route: 'PATCH /v1/durable/schedules/{schedule_id}',
  tag: 'durable-schedules',
  summary: 'Change a schedule.',
  needs: 'durable.manage',
  class: 'write',
  input,
  output: schedule,

  async run(ctx, given) {
    const { tx, orgId } = ctx
    const before = await lockSchedule(tx, { org_id: orgId, id: given.schedule_id })
    if (!before) throw noSchedule()
    const { description, max_concurrent, max_catch_up, retry_policy, catch_up_missed } = given
    return toSchedule(
      await updateRow(tx, orgId, before.id, {
        ...rhythmColumns(before, given),
        ...targetOf(ctx, given),
        ...{ description, max_concurrent, max_catch_up, catch_up_missed: catch_up_missed ?? undefined },
        ...(retry_policy === undefined ? {} : { retry_policy: jsonOrNull(retry_policy) }),
      }),
    )
  },
})

const targetOf = (ctx: Ctx, given: Given) => (given.target ? targetColumns(ctx, given.target) : {})

/** The next time is only looked for anew when the rhythm changes or the schedule goes on. */
function rhythmColumns(before: ScheduleRow & { now: Date }, given: Given) {
  const cron_expression = given.cron_expression ?? before.cron_expression
  const timezone = given.timezone ?? before.timezone
  const enabled = given.enabled ?? before.enabled
  const same = cron_expression === before.cron_expression && timezone === before.timezone
  if (same && enabled === before.enabled) return {}
  const first = enabled || !same ? firstSlot(cron_expression, timezone, before.now) : null
  return { cron_expression, timezone, enabled, next_trigger_at: enabled ? first : null }
}
