// Finds the tree an operation is about: a workspace's, or that of the workspace a session works in.

import type { Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import type { Ctx } from '../context.ts'
import type { WorkspaceRow } from '../workspaces/shape.ts'
import { findWorkspace, lockWorkspace, noWorkspace } from '../workspaces/store.ts'
import { ancestorsOf } from './path.ts'
import { insertEntries, newDirectory, statEntries, type Tree, workspaceOfSession } from './store.ts'

export interface TreeInput {
  workspace_id?: Uuid
  session_id?: Uuid
}

const treeOf = (row: WorkspaceRow): Tree => ({ orgId: row.org_id, workspaceId: row.id })

/** Problem not_found for an unknown workspace or session. */
export async function treeToRead(ctx: Ctx, input: TreeInput): Promise<Tree & { createdAt: Date }> {
  const row = await findWorkspace(ctx.tx, ctx.orgId, await workspaceIdOf(ctx, input))
  if (!row) throw noWorkspace()
  return { ...treeOf(row), createdAt: row.created_at }
}

/** The same, held against every other writer until the transaction ends. Problem conflict where it is archived. */
export async function treeToWrite(ctx: Ctx, input: TreeInput): Promise<Tree> {
  const row = await lockWorkspace(ctx.tx, ctx.orgId, await workspaceIdOf(ctx, input))
  if (!row) throw noWorkspace()
  if (row.status !== 'active') {
    throw new Problem('conflict', 'The workspace is archived: its files can be read only', { code: 'workspace_archived' })
  }
  return treeOf(row)
}

async function workspaceIdOf({ tx, orgId }: Ctx, { workspace_id, session_id }: TreeInput): Promise<Uuid> {
  if (workspace_id) return workspace_id
  if (!session_id) throw new Problem('bad_request', 'workspace_id or session_id is required', { code: 'validation_failed' })
  const id = await workspaceOfSession(tx, orgId, session_id)
  if (!id) throw new Problem('not_found', 'There is no such session', { code: 'session_not_found' })
  return id
}

/** Creates the missing directories above the paths. Problem conflict where one of them is a file. */
export async function makeParents({ tx }: Ctx, tree: Tree, paths: string[]): Promise<void> {
  const above = [...new Set(paths.flatMap(ancestorsOf))]
  if (above.length === 0) return
  const there = await statEntries(tx, tree, above)
  const file = there.find((row) => !row.is_directory)
  if (file) throw notADirectory(file.path)
  const known = new Set(there.map((row) => row.path))
  await insertEntries(tx, tree, above.filter((parent) => !known.has(parent)).map(newDirectory))
}

export const notADirectory = (path: string): Problem =>
  new Problem('conflict', `${path} is a file, not a directory`, { code: 'not_a_directory' })
export const noFile = (path: string): Problem => new Problem('not_found', `There is no file ${path}`, { code: 'file_not_found' })
export const isReadonly = (path: string): Problem => new Problem('forbidden', `${path} is read-only`, { code: 'file_readonly' })
export const isTaken = (path: string): Problem => new Problem('conflict', `${path} exists already`, { code: 'file_exists' })
export const isDirectory = (path: string): Problem =>
  new Problem('bad_request', `${path} is a directory`, { code: 'is_a_directory' })
