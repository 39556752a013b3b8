// Really deletes: a worker that still runs the session's turn finds its task gone and stops.
import { sql } from 'kysely'
import { z } from 'zod'
import type { Uuid } from '../../contract/ids.ts'
import type { Ctx } from '../context.ts'
import { operation } from '../context.ts'
import { wireId } from '../shared/ids.ts'
import { deleteTasksOf, deleteWorkflows, lockHead, noSession } from './store.ts'
import { privateName } from './workspace.ts'

export const deleteSession = operation({
  name: 'delete_session',
  route: 'DELETE /v1/sessions/{session_id}',
  tag: 'sessions',
  summary: 'Delete a session with its events and its own files. A workspace of another name stays.',
  needs: 'sessions.manage',
  class: 'write',
  input: z.object({ session_id: wireId('session') }),
  output: z.void(),
  status: 204,

  async run(ctx, { session_id }) {
    if (!(await lockHead(ctx.tx, ctx.orgId, session_id))) throw noSession()
    await deleteTurns(ctx, session_id)
    await deleteRows(ctx, session_id)
    await deletePrivateWorkspace(ctx, session_id)
  },
})

/** In the engine's lock order: workflows, tasks, the rest. */
async function deleteTurns({ tx, orgId }: Ctx, id: Uuid): Promise<void> {
  await deleteTasksOf(tx, await deleteWorkflows(tx, orgId, id))
  for (const table of ['accepts', 'session_totals'] as const) {
    await tx.deleteFrom(table).where('org_id', '=', orgId).where('session_id', '=', id).execute()
  }
  await sql`select delete_session_events(${id})`.execute(tx)
}

/** Pins, values and secrets go with the row. The head goes last: whoever waits for its lock finds it gone. */
async function deleteRows({ tx, orgId }: Ctx, id: Uuid): Promise<void> {
  await tx.deleteFrom('sessions').where('org_id', '=', orgId).where('id', '=', id).execute()
  await tx.deleteFrom('session_heads').where('org_id', '=', orgId).where('session_id', '=', id).execute()
}

/** Its files go with it, unless another session has come to use it. Locked before looking: a session may be joining it right now. */
async function deletePrivateWorkspace({ tx, orgId }: Ctx, id: Uuid): Promise<void> {
  const own = sql`w.org_id = ${orgId} and w.name = ${privateName(id)}`
  await sql`select from workspaces w where ${own} for update`.execute(tx)
  await sql`delete from workspaces w where ${own}
    and not exists (select from sessions s where s.org_id = w.org_id and s.workspace_id = w.id)`.execute(tx)
}
