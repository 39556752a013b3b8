// POST /v1/durable/workers/{worker_id}/drain and …/resume: what runs is finished, nothing new is given.
import { z } from 'zod'
import { Problem } from '../../../contract/problem.ts'
import type { Ctx } from '../../context.ts'
import { operation } from '../../context.ts'
import { setDraining } from './store.ts'

const common = {
  tag: 'durable',
  // Workers are shared by all organisations.
  needs: 'durable.dangerous',
  class: 'write',
  ownTransactions: true,
  body: 'none',
  input: z.object({ worker_id: z.string() }),
  output: z.object({ status: z.enum(['active', 'draining']) }),
} as const

export const drainWorker = operation({
  ...common,
  name: 'drain_worker',
  route: 'POST /v1/durable/workers/{worker_id}/drain',
  summary: 'Let a worker finish what it runs and give it nothing new; by its id, or all that have the name.',
  run: async (ctx, { worker_id }) => set(ctx, worker_id, true),
})

export const resumeWorker = operation({
  ...common,
  name: 'resume_worker',
  route: 'POST /v1/durable/workers/{worker_id}/resume',
  summary: 'Give a drained worker tasks again.',
  run: async (ctx, { worker_id }) => set(ctx, worker_id, false),
})

async function set({ db, durable }: Ctx, worker: string, draining: boolean) {
  if ((await setDraining(db.engine, worker, draining)) === 0) throw new Problem('not_found', 'There is no such worker')
  await durable.workersChanged()
  return { status: draining ? ('draining' as const) : ('active' as const) }
}
