// DELETE /v1/durable/schedules/{schedule_id}: with the record of its executions; what they began goes on.
import { z } from 'zod'
import { operation } from '../../context.ts'
import { uuid } from '../lists.ts'
import { deleteSchedule as deleteRow, noSchedule } from './store.ts'

export const deleteSchedule = operation({
  name: 'delete_schedule',
  route: 'DELETE /v1/durable/schedules/{schedule_id}',
  tag: 'durable-schedules',
  summary: 'Delete a schedule and the record of its executions.',
  needs: 'durable.manage',
  class: 'write',
  status: 204,
  input: z.object({ schedule_id: uuid }),
  output: z.void(),

  async run({ tx, orgId }, { schedule_id }) {
    if (!(await deleteRow(tx, orgId, schedule_id))) throw noSchedule()
  },
})
