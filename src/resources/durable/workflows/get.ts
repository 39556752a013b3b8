// GET /v1/durable/workflows/{workflow_id} and …/events
import { z } from 'zod'
import { operation } from '../../context.ts'
import { totalled, uuid } from '../lists.ts'
import { historyOf } from './history.ts'
import { toWorkflow, workflow, workflowEvent } from './shape.ts'
import { findWorkflow, stepsOfWorkflow } from './store.ts'

const common = { tag: 'durable', needs: 'durable.view', class: 'read', input: z.object({ workflow_id: uuid }) } as const

export const getWorkflow = operation({
  ...common,
  name: 'get_workflow',
  route: 'GET /v1/durable/workflows/{workflow_id}',
  summary: 'One workflow; that of a turn has the id of the message that began it.',
  output: workflow,

  async run({ tx, orgId }, { workflow_id }) {
    return toWorkflow(await findWorkflow(tx, orgId, workflow_id))
  },
})

export const getWorkflowEvents = operation({
  ...common,
  name: 'get_workflow_events',
  route: 'GET /v1/durable/workflows/{workflow_id}/events',
  summary: 'What happened to a workflow and its tasks, in order.',
  output: totalled(workflowEvent, 'WorkflowEventsListResponse'),

  async run({ tx, orgId }, { workflow_id }) {
    const found = await findWorkflow(tx, orgId, workflow_id)
    const data = historyOf(found, await stepsOfWorkflow(tx, orgId, workflow_id))
    return { data, total: data.length }
  },
})
