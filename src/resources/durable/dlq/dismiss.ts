// DELETE /v1/durable/dlq/{dlq_id}: whoever has seen a dead letter, and has nothing to put back, takes it off the list.
import { z } from 'zod'
import { Problem } from '../../../contract/problem.ts'
import { operation } from '../../context.ts'
import { uuid } from '../lists.ts'
import { lockDead, markRequeued } from './store.ts'

/** Problem `not_found` also for one that was put back or dismissed already. */
export const dismissDlq = operation({
  name: 'dismiss_dlq',
  route: 'DELETE /v1/durable/dlq/{dlq_id}',
  tag: 'durable',
  summary: 'Take a dead letter off the list without putting it back: it was seen, and health no longer speaks of it.',
  needs: 'durable.manage',
  class: 'write',
  status: 204,
  input: z.object({ dlq_id: uuid }),
  output: z.void(),

  async run({ tx, orgId }, { dlq_id }) {
    if (!(await lockDead(tx, orgId, dlq_id))) throw new Problem('not_found', 'There is no such dead letter')
    await markRequeued(tx, orgId, dlq_id)
  },
})
