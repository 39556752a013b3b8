// GET /v1/durable/sse and /v1/durable/workflows/{workflow_id}/sse: the picture as it is, then whenever it changed.
import { z } from 'zod'
import type { Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import { type Ctx, operation } from '../context.ts'
import type { Live, Look } from '../shared/live.ts'
import { readFigures } from './health/figures.ts'
import { toHealth } from './health/shape.ts'
import { uuid } from './lists.ts'
import { resolutionSeconds } from './metrics/history.ts'
import { toWorkersList } from './workers/shape.ts'
import { allWorkers } from './workers/store.ts'
import { historyOf } from './workflows/history.ts'
import { toWorkflow } from './workflows/shape.ts'
import { findWorkflow, stepsOfWorkflow } from './workflows/store.ts'

/** What a transport streams. In documents the answer is anything: a picture is for people to look at. */
const live = z.custom<Live>().meta({})

const common = {
  tag: 'durable',
  needs: 'durable.view',
  class: 'read',
  ownTransactions: true,
  output: live,
  produces: 'text/event-stream',
} as const

/** A quarter of an hour, which is what a dashboard draws. */
const pointsShown = 90

export const streamDurableSse = operation({
  ...common,
  name: 'stream_durable_sse',
  route: 'GET /v1/durable/sse',
  summary: 'Watch health, workers and the last figures: a `snapshot` whenever they changed.',
  input: z.object({}),
  run: async (ctx) => ({ orgId: ctx.orgId, topic: ctx.durable.topics.of('deployment', deployment(ctx)) }),
})

/** Beats and points come when nothing happens, too. */
const deployment =
  ({ db, durable }: Ctx): Look =>
  async () => {
    const [figures, rows] = await Promise.all([readFigures(db.engine), allWorkers(db.engine)])
    const { data, ...workers } = toWorkersList(rows)
    const points = durable.history.points(pointsShown)
    const quiet = data.map(({ last_heartbeat_at: _, ...worker }) => worker)
    return {
      picture: { health: toHealth(figures), workers: { ...workers, data: quiet } },
      calm: { metrics_history: { points, resolution_seconds: resolutionSeconds, instance_count: 1 } },
    }
  }

/** Problem `not_found`. */
export const streamWorkflowSse = operation({
  ...common,
  name: 'stream_workflow_sse',
  route: 'GET /v1/durable/workflows/{workflow_id}/sse',
  summary: 'Watch a workflow and what happens to it: a `snapshot` whenever it changed.',
  input: z.object({ workflow_id: uuid }),

  async run(ctx, { workflow_id }) {
    await ctx.db.asOrg(ctx.orgId, 'read', (tx) => findWorkflow(tx, ctx.orgId, workflow_id))
    return { orgId: ctx.orgId, topic: ctx.durable.topics.of(`${ctx.orgId}/${workflow_id}`, oneWorkflow(ctx, workflow_id)) }
  },
})

const oneWorkflow =
  ({ db, orgId }: Ctx, id: Uuid): Look =>
  () =>
    db
      .asOrg(orgId, 'read', async (tx) => {
        const found = await findWorkflow(tx, orgId, id)
        return { picture: { workflow: toWorkflow(found), events: historyOf(found, await stepsOfWorkflow(tx, orgId, id)) } }
      })
      .catch((error) => {
        if (error instanceof Problem && error.kind === 'not_found') return null
        throw error
      })
