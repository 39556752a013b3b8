// GET /v1/durable/schedules/{schedule_id}
import { z } from 'zod'
import { operation } from '../../context.ts'
import { uuid } from '../lists.ts'
import { schedule, toSchedule } from './shape.ts'
import { findSchedule } from './store.ts'

export const getSchedule = operation({
  name: 'get_schedule',
  route: 'GET /v1/durable/schedules/{schedule_id}',
  tag: 'durable-schedules',
  summary: 'Read a schedule.',
  needs: 'durable.view',
  class: 'read',
  input: z.object({ schedule_id: uuid }),
  output: schedule,

  async run({ tx, orgId }, { schedule_id }) {
    return toSchedule(await findSchedule(tx, orgId, schedule_id))
  },
})
