// GET /v1/durable/schedules/{schedule_id}/executions and GET /v1/durable/executions/{execution_id}
import { z } from 'zod'
import { pageQuery } from '../../../contract/page.ts'
import { Problem } from '../../../contract/problem.ts'
import { operation } from '../../context.ts'
import { totalled, uuid } from '../lists.ts'
import { execution, toExecution } from './shape.ts'
import { executionsOf, findExecution, findSchedule } from './store.ts'

export const listScheduleExecutions = operation({
  name: 'list_schedule_executions',
  route: 'GET /v1/durable/schedules/{schedule_id}/executions',
  tag: 'durable-schedules',
  summary: 'List what a schedule did in the last 90 days, newest first.',
  needs: 'durable.view',
  class: 'read',
  input: z.object({ schedule_id: uuid, status: z.string().nullish(), ...pageQuery }),
  output: totalled(execution, 'ScheduleExecutionsListResponse'),

  async run({ tx, orgId }, { schedule_id, ...filter }) {
    await findSchedule(tx, orgId, schedule_id)
    const { rows, total } = await executionsOf(tx, orgId, schedule_id, filter)
    return { data: rows.map(toExecution), total }
  },
})

export const getExecution = operation({
  name: 'get_execution',
  route: 'GET /v1/durable/executions/{execution_id}',
  tag: 'durable-schedules',
  summary: 'Read one execution of a schedule.',
  needs: 'durable.view',
  class: 'read',
  input: z.object({ execution_id: uuid }),
  output: execution,

  async run({ tx, orgId }, { execution_id }) {
    const row = await findExecution(tx, orgId, execution_id)
    if (!row) throw new Problem('not_found', 'There is no such execution')
    return toExecution(row)
  },
})
