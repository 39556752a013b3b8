// GET /v1/durable/metrics/timeseries
import { z } from 'zod'
import { operation } from '../../context.ts'
import { count } from '../lists.ts'
import { metricsPoint, resolutionSeconds } from './history.ts'

export const getMetricsTimeseries = operation({
  name: 'get_metrics_timeseries',
  route: 'GET /v1/durable/metrics/timeseries',
  tag: 'durable',
  summary: 'The figures of the last hour, ten seconds apart, as the answering process saw them.',
  needs: 'durable.view',
  class: 'read',
  ownTransactions: true,
  input: z.object({}),
  output: z
    .object({ points: z.array(metricsPoint), resolution_seconds: count, instance_count: count.optional() })
    .meta({ id: 'MetricsTimeSeriesResponse' }),

  async run({ durable }) {
    return { points: durable.history.points(), resolution_seconds: resolutionSeconds, instance_count: 1 }
  },
})
