// GET /v1/durable/workflows
import { z } from 'zod'
import { pageQuery } from '../../../contract/page.ts'
import { operation } from '../../context.ts'
import { totalled } from '../lists.ts'
import { toWorkflow, workflow } from './shape.ts'
import { workflowsOfOrg } from './store.ts'

export const listWorkflows = operation({
  name: 'list_workflows',
  route: 'GET /v1/durable/workflows',
  tag: 'durable',
  summary: 'List workflows, newest first; every turn is one. The total is counted to 10,000.',
  needs: 'durable.view',
  class: 'read',
  input: z.object({ status: z.string().nullish(), workflow_type: z.string().nullish(), ...pageQuery }),
  output: totalled(workflow, 'WorkflowsListResponse'),

  async run({ tx, orgId }, filter) {
    const { rows, total } = await workflowsOfOrg(tx, orgId, filter)
    return { data: rows.map(toWorkflow), total }
  },
})
