// Name, description and status. An archived workspace only takes `status: active`, which brings it back.
import type { Updateable } from 'kysely'
import { z } from 'zod'
import { Problem } from '../../contract/problem.ts'
import type { Workspaces } from '../../db/schema-resources.ts'
import { operation } from '../context.ts'
import { wireId } from '../shared/ids.ts'
import { toWireWorkspace, type WorkspaceRow, workspace, workspaceDescription, workspaceName } from './shape.ts'
import { changeWorkspace, isNameTaken, lockWorkspace, nameTaken, noWorkspace } from './store.ts'

const change = {
  name: workspaceName.nullish(),
  description: workspaceDescription.nullish(),
  status: z.enum(['active', 'archived']).nullish(),
}
type Change = z.output<z.ZodObject<typeof change>>

export const updateWorkspace = operation({
  name: 'update_workspace',
  route: 'PATCH /v1/workspaces/{workspace_id}',
  tag: 'workspace',
  summary: 'Change a workspace: only the fields given; null clears the description.',
  needs: 'workspaces.manage',
  class: 'write',
  input: z.object({ workspace_id: wireId('workspace'), ...change }).meta({ id: 'UpdateWorkspaceRequest' }),
  output: workspace,

  async run({ tx, orgId, now }, { workspace_id, ...given }) {
    const row = await lockWorkspace(tx, orgId, workspace_id)
    if (!row) throw noWorkspace()
    if (row.status === 'archived' && given.status !== 'active') throw isArchived()
    if (given.name && (await isNameTaken(tx, orgId, given.name, row.id))) throw nameTaken(given.name)
    return toWireWorkspace(await changeWorkspace(tx, orgId, row.id, columnsOf(given, row, now())))
  },
})

function columnsOf({ name, description, status }: Change, row: WorkspaceRow, now: Date): Updateable<Workspaces> {
  return {
    ...(name ? { name } : {}),
    ...(description === undefined ? {} : { description }),
    ...(status && status !== row.status ? { status, archived_at: status === 'archived' ? now : null } : {}),
  }
}

const isArchived = (): Problem =>
  new Problem('bad_request', 'The workspace is archived; set its status to active first', { code: 'workspace_archived' })
