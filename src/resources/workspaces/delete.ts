import { z } from 'zod'
import { operation } from '../context.ts'
import { wireId } from '../shared/ids.ts'
import { changeWorkspace, lockWorkspace, noWorkspace } from './store.ts'

export const deleteWorkspace = operation({
  name: 'delete_workspace',
  route: 'DELETE /v1/workspaces/{workspace_id}',
  tag: 'workspace',
  summary: 'Archive a workspace: its files stay readable and can no longer be written.',
  needs: 'workspaces.manage',
  class: 'write',
  input: z.object({ workspace_id: wireId('workspace') }),
  output: z.void(),
  status: 204,

  async run({ tx, orgId, now }, { workspace_id }) {
    const row = await lockWorkspace(tx, orgId, workspace_id)
    if (!row) throw noWorkspace()
    if (row.status === 'active') await changeWorkspace(tx, orgId, row.id, { status: 'archived', archived_at: now() })
  },
})
