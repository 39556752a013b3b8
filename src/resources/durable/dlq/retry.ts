// POST /v1/durable/dlq/{dlq_id}/retry: a standalone task gets a successor; a step of a turn cannot, its turn is decided.
import { z } from 'zod'
import { toWire } from '../../../contract/ids.ts'
import { Problem } from '../../../contract/problem.ts'
import { insertStandalone, standaloneType } from '../../../durable/index.ts'
import { operation } from '../../context.ts'
import { uuid } from '../lists.ts'
import { type DeadTask, lockDead, markRequeued } from './store.ts'

/** Problems: `not_found` also for one that was put back already, `conflict` for a step whose workflow has gone on or ended. */
export const retryDlq = operation({
  name: 'retry_dlq',
  route: 'POST /v1/durable/dlq/{dlq_id}/retry',
  tag: 'durable',
  summary: 'Put a dead standalone task back as a new one with three attempts; answers its id as plain text.',
  needs: 'durable.manage',
  class: 'write',
  ownTransactions: true,
  body: 'none',
  input: z.object({ dlq_id: uuid }),
  output: uuid,
  produces: 'text/plain',

  async run({ db, orgId, durable }, { dlq_id }) {
    const { taskId } = await db.asOrg(orgId, 'write', async (tx) => {
      const dead = await lockDead(tx, orgId, dlq_id)
      if (!dead) throw new Problem('not_found', 'There is no such dead letter')
      if (dead.workflow_type !== standaloneType) throw decided(dead)
      await markRequeued(tx, orgId, dlq_id)
      return insertStandalone(tx, { orgId, kind: dead.kind, input: dead.input, priority: dead.priority })
    })
    durable.wake()
    return taskId
  },
})

/** What to do instead. */
function decided({ workflow_type, workflow_live, session_id }: DeadTask): Problem {
  const session = toWire('session', session_id)
  const advice = workflow_live
    ? 'Its workflow was told that the step failed and has gone on without it; there is nothing to put back.'
    : workflow_type === 'turn'
      ? `Its turn has ended. Post the message again with POST /v1/sessions/${session}/messages to begin a new turn.`
      : 'Its workflow has ended. Start a new one.'
  return new Problem('conflict', `${advice} DELETE takes it off the list.`, { code: 'step_already_decided' })
}
