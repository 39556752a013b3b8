// Everything that can be done with workspaces as such; what is in them is `files`.
import { createWorkspace } from './create.ts'
import { deleteWorkspace } from './delete.ts'
import { getWorkspace } from './get.ts'
import { listWorkspaces } from './list.ts'
import { updateWorkspace } from './update.ts'

export const workspaces = [listWorkspaces, createWorkspace, getWorkspace, updateWorkspace, deleteWorkspace]
