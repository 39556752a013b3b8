// The workspace of a new session: the one the caller names, or one of its own.
import { hexOf, newId, type Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import type { Ctx } from '../context.ts'
import type { Tree } from '../files/store.ts'
import { insertWorkspace, lockWorkspace, nameTaken, noWorkspace } from '../workspaces/store.ts'

/** Says of a workspace whose it is: only the session it was made for takes it along when it is deleted. */
export const privateName = (sessionId: Uuid): string => `session-${hexOf(sessionId)}`

/** Problems: `not_found` for an unknown workspace, `bad_request` for an archived one. */
export async function workspaceFor({ tx, orgId }: Ctx, sessionId: Uuid, workspaceId: Uuid | null): Promise<Tree> {
  if (workspaceId) {
    const row = await lockWorkspace(tx, orgId, workspaceId)
    if (!row) throw noWorkspace()
    if (row.status !== 'active') throw new Problem('bad_request', 'The workspace is archived', { code: 'workspace_archived' })
    return { orgId, workspaceId }
  }
  const name = privateName(sessionId)
  const made = await insertWorkspace(tx, { id: newId(), org_id: orgId, name, description: null })
  if (!made) throw nameTaken(name)
  return { orgId, workspaceId: made.id }
}
