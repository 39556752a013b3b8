// POST /v1/durable/workflows/{workflow_id}/cancel and …/signal: an admin ends a workflow.
import { z } from 'zod'
import type { Uuid } from '../../../contract/ids.ts'
import { cancelWorkflow as cancelFold } from '../../../durable/index.ts'
import { type Ctx, operation } from '../../context.ts'
import { uuid } from '../lists.ts'
import { findWorkflow } from './store.ts'

const answers = {
  cancelled: { status: 'cancelled', message: 'The workflow was cancelled.' },
  no_op: { status: 'no_op', message: 'Nothing was to be done.' },
} as const
const answer = z.object({ status: z.enum(['cancelled', 'no_op']), message: z.string() })

const common = { tag: 'durable', needs: 'durable.manage', class: 'write', ownTransactions: true, output: answer } as const
const patienceMs = 10_000

/** One that has ended is left as it is. A turn says in its session that it was cancelled. */
async function cancel({ db, orgId, turns, durable }: Ctx, id: Uuid) {
  const { type, session_id: sessionId } = await db.asOrg(orgId, 'read', (tx) => findWorkflow(tx, orgId, id))
  const item = { name: 'cancel', sessionId, orgId, bytes: 1_024, patienceMs }
  const cancelled =
    type === 'turn'
      ? await turns.cancel(orgId, sessionId, 'admin_requested', id)
      : await durable.submit({ ...item, fold: (view) => cancelFold(view, id) })
  return cancelled ? answers.cancelled : answers.no_op
}

export const cancelWorkflow = operation({
  ...common,
  name: 'cancel_workflow',
  route: 'POST /v1/durable/workflows/{workflow_id}/cancel',
  summary: 'Cancel a workflow; one that has ended stays as it is.',
  body: 'none',
  input: z.object({ workflow_id: uuid }),
  run: (ctx, { workflow_id }) => cancel(ctx, workflow_id),
})

export const sendSignal = operation({
  ...common,
  name: 'send_signal',
  route: 'POST /v1/durable/workflows/{workflow_id}/signal',
  summary: 'Send a signal to a workflow: `cancel` cancels it, workflows take no others.',
  input: z
    .object({ workflow_id: uuid, signal_type: z.string().min(1).max(255), payload: z.any().optional() })
    .meta({ id: 'SendSignalRequest' }),
  example: { input: { signal_type: 'cancel' } },

  async run(ctx, { workflow_id, signal_type }) {
    if (signal_type === 'cancel') return cancel(ctx, workflow_id)
    await ctx.db.asOrg(ctx.orgId, 'read', (tx) => findWorkflow(tx, ctx.orgId, workflow_id))
    return answers.no_op
  },
})
