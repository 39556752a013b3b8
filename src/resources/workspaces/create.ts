import { z } from 'zod'
import { newId } from '../../contract/ids.ts'
import { operation } from '../context.ts'
import { toWireWorkspace, workspace, workspaceDescription, workspaceName } from './shape.ts'
import { insertWorkspace, nameTaken } from './store.ts'

export const createWorkspace = operation({
  name: 'create_workspace',
  route: 'POST /v1/workspaces',
  tag: 'workspace',
  summary: 'Create a workspace that sessions can share.',
  needs: 'workspaces.manage',
  class: 'write',
  input: z.object({ name: workspaceName, description: workspaceDescription.nullish() }).meta({ id: 'CreateWorkspaceRequest' }),
  output: workspace,
  status: 201,
  example: { input: { name: 'Shared notes' } },

  async run({ tx, orgId }, { name, description }) {
    const row = await insertWorkspace(tx, { id: newId(), org_id: orgId, name, description: description ?? null })
    if (!row) throw nameTaken(name)
    return toWireWorkspace(row)
  },
})
