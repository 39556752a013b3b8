// GET /v1/durable/health
import { z } from 'zod'
import { operation } from '../../context.ts'
import { readFigures } from './figures.ts'
import { health, toHealth } from './shape.ts'

export const getHealth = operation({
  name: 'get_health',
  route: 'GET /v1/durable/health',
  tag: 'durable',
  summary: 'How the deployment is doing: workers, load, queue, totals since ever, dead letters.',
  needs: 'durable.view',
  class: 'read',
  ownTransactions: true,
  input: z.object({}),
  output: health,

  async run({ db }) {
    return toHealth(await readFigures(db.engine))
  },
})
