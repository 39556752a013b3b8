// GET /v1/durable/workers
import { z } from 'zod'
import { operation } from '../../context.ts'
import { toWorkersList, workersList } from './shape.ts'
import { allWorkers } from './store.ts'

export const listWorkers = operation({
  name: 'list_workers',
  route: 'GET /v1/durable/workers',
  tag: 'durable',
  summary: 'List the workers of the deployment with what they do; stopped ones are forgotten after a day.',
  needs: 'durable.view',
  class: 'read',
  ownTransactions: true,
  input: z.object({ status: z.string().nullish(), worker_group: z.string().nullish() }),
  output: workersList,

  async run({ db }, filter) {
    return toWorkersList(await allWorkers(db.engine, filter))
  },
})
