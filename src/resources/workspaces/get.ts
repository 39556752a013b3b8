import { z } from 'zod'
import { operation } from '../context.ts'
import { wireId } from '../shared/ids.ts'
import { toWireWorkspace, workspace } from './shape.ts'
import { findWorkspace, noWorkspace } from './store.ts'

export const getWorkspace = operation({
  name: 'get_workspace',
  route: 'GET /v1/workspaces/{workspace_id}',
  tag: 'workspace',
  summary: 'Get one workspace.',
  needs: 'workspaces.view',
  class: 'read',
  input: z.object({ workspace_id: wireId('workspace') }),
  output: workspace,

  async run({ tx, orgId }, { workspace_id }) {
    const row = await findWorkspace(tx, orgId, workspace_id)
    if (!row) throw noWorkspace()
    return toWireWorkspace(row)
  },
})
