// GET /v1/durable/dlq
import { z } from 'zod'
import { pageQuery } from '../../../contract/page.ts'
import { operation } from '../../context.ts'
import { totalled, uuid } from '../lists.ts'
import { deadLetter, toDeadLetter } from './shape.ts'
import { deadOfOrg } from './store.ts'

export const listDlq = operation({
  name: 'list_dlq',
  route: 'GET /v1/durable/dlq',
  tag: 'durable',
  summary: 'List dead letters, newest first: tasks that could not be run to their end and were not put back.',
  needs: 'durable.view',
  class: 'read',
  input: z.object({ workflow_id: uuid.nullish(), activity_type: z.string().nullish(), ...pageQuery }),
  output: totalled(deadLetter, 'DlqListResponse'),

  async run({ tx, orgId }, filter) {
    const { rows, total } = await deadOfOrg(tx, orgId, filter)
    return { data: rows.map(toDeadLetter), total }
  },
})
