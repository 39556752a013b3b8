// POST /v1/durable/schedules/{schedule_id}/pause and /resume
import { z } from 'zod'
import { lockSchedule } from '../../../durable/index.ts'
import { operation } from '../../context.ts'
import { uuid } from '../lists.ts'
import { firstSlot } from './input.ts'
import { schedule, toSchedule } from './shape.ts'
import { noSchedule, updateSchedule } from './store.ts'

export const pauseSchedule = operation({
  name: 'pause_schedule',
  route: 'POST /v1/durable/schedules/{schedule_id}/pause',
  tag: 'durable-schedules',
  summary: 'Pause a schedule: nothing is due until it is resumed.',
  needs: 'durable.manage',
  class: 'write',
  input: z.object({ schedule_id: uuid }),
  output: schedule,

  async run({ tx, orgId }, { schedule_id }) {
    if (!(await lockSchedule(tx, { org_id: orgId, id: schedule_id }))) throw noSchedule()
    return toSchedule(await updateSchedule(tx, orgId, schedule_id, { enabled: false, next_trigger_at: null }))
  },
})

/** What was missed during the pause is not made up for. Problem `bad_request` when no time is left. */
export const resumeSchedule = operation({
  name: 'resume_schedule',
  route: 'POST /v1/durable/schedules/{schedule_id}/resume',
  tag: 'durable-schedules',
  summary: 'Resume a paused schedule from now on.',
  needs: 'durable.manage',
  class: 'write',
  input: z.object({ schedule_id: uuid }),
  output: schedule,

  async run({ tx, orgId }, { schedule_id }) {
    const before = await lockSchedule(tx, { org_id: orgId, id: schedule_id })
    if (!before) throw noSchedule()
    if (before.enabled) return toSchedule(before)
    const next_trigger_at = firstSlot(before.cron_expression, before.timezone, before.now)
    return toSchedule(await updateSchedule(tx, orgId, schedule_id, { enabled: true, next_trigger_at }))
  },
})
