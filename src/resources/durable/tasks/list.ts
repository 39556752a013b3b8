// GET /v1/durable/tasks
import { z } from 'zod'
import { pageQuery } from '../../../contract/page.ts'
import { operation } from '../../context.ts'
import { totalled, uuid } from '../lists.ts'
import { task, toTask } from './shape.ts'
import { tasksOfOrg } from './store.ts'

export const listDurableTasks = operation({
  name: 'durable_list_tasks',
  route: 'GET /v1/durable/tasks',
  tag: 'durable',
  summary: 'List tasks, newest first; the total is counted to 10,000.',
  needs: 'durable.view',
  class: 'read',
  input: z.object({
    status: z.string().nullish(),
    activity_type: z.string().nullish(),
    workflow_id: uuid.nullish(),
    ...pageQuery,
  }),
  output: totalled(task, 'TasksListResponse'),

  async run({ tx, orgId }, filter) {
    const { rows, total } = await tasksOfOrg(tx, orgId, filter)
    return { data: rows.map(toTask), total }
  },
})
