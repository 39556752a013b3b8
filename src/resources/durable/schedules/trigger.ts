// POST /v1/durable/schedules/{schedule_id}/trigger
import { z } from 'zod'
import { operation } from '../../context.ts'
import { uuid } from '../lists.ts'

export const triggerSchedule = operation({
  name: 'trigger_schedule',
  route: 'POST /v1/durable/schedules/{schedule_id}/trigger',
  tag: 'durable-schedules',
  summary: 'Run a schedule now, paused or not; as many runs as it allows are not exceeded.',
  needs: 'durable.manage',
  class: 'write',
  ownTransactions: true,
  input: z.object({ schedule_id: uuid }),
  output: z.object({ execution_id: uuid }).meta({ id: 'TriggerResponse' }),

  async run({ orgId, durable }, { schedule_id }) {
    return { execution_id: await durable.schedules().trigger(orgId, schedule_id) }
  },
})
