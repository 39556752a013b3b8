import { z } from 'zod'
import { listOf } from '../../contract/page.ts'
import { operation } from '../context.ts'
import { flag } from '../shared/query.ts'
import { toWireWorkspace, workspace } from './shape.ts'
import { workspacesOfOrg } from './store.ts'

export const listWorkspaces = operation({
  name: 'list_workspaces',
  route: 'GET /v1/workspaces',
  tag: 'workspace',
  summary: 'List workspaces, newest first (1,000 at most).',
  needs: 'workspaces.view',
  class: 'read',
  input: z.object({ search: z.string().nullish(), include_archived: flag.default(false) }),
  output: listOf(workspace).meta({ id: 'ListResponse_Workspace' }),

  async run({ tx, orgId }, { search, include_archived }) {
    const rows = await workspacesOfOrg(tx, orgId, { search, archived: include_archived })
    return { data: rows.map(toWireWorkspace) }
  },
})
