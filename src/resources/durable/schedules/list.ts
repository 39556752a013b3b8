// GET /v1/durable/schedules
import { z } from 'zod'
import { pageQuery } from '../../../contract/page.ts'
import { operation } from '../../context.ts'
import { flag } from '../../shared/query.ts'
import { totalled } from '../lists.ts'
import { schedule, toSchedule } from './shape.ts'
import { schedulesOfOrg } from './store.ts'

export const listSchedules = operation({
  name: 'list_schedules',
  route: 'GET /v1/durable/schedules',
  tag: 'durable-schedules',
  summary: 'List schedules, newest first.',
  needs: 'durable.view',
  class: 'read',
  input: z.object({ enabled: flag.nullish(), target_type: z.string().nullish(), ...pageQuery }),
  output: totalled(schedule, 'SchedulesListResponse'),

  async run({ tx, orgId }, filter) {
    const { rows, total } = await schedulesOfOrg(tx, orgId, filter)
    return { data: rows.map(toSchedule), total }
  },
})
