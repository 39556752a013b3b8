// The operations of the admin API of the engine.
import { durableConfig } from './config.ts'
import { dismissDlq } from './dlq/dismiss.ts'
import { listDlq } from './dlq/list.ts'
import { retryDlq } from './dlq/retry.ts'
import { getHealth } from './health/get.ts'
import { getMetricsTimeseries } from './metrics/timeseries.ts'
import { streamDurableSse, streamWorkflowSse } from './sse.ts'
import { enqueueTask } from './tasks/enqueue.ts'
import { listDurableTasks } from './tasks/list.ts'
import { drainWorker, resumeWorker } from './workers/drain.ts'
import { listWorkers } from './workers/list.ts'
import { cancelWorkflow, sendSignal } from './workflows/cancel.ts'
import { getWorkflow, getWorkflowEvents } from './workflows/get.ts'
import { listWorkflows } from './workflows/list.ts'

export const durable = [
  getHealth,
  getMetricsTimeseries,
  durableConfig,
  streamDurableSse,
  listWorkers,
  drainWorker,
  resumeWorker,
  listWorkflows,
  getWorkflow,
  getWorkflowEvents,
  streamWorkflowSse,
  sendSignal,
  cancelWorkflow,
  listDurableTasks,
  enqueueTask,
  listDlq,
  retryDlq,
  dismissDlq,
]
