// Opens a session: its row, head, first event, workspace and files are one transaction.
import { newId, toWire, toWireOrNull, type Uuid } from '../../contract/ids.ts'
import type { Ctx } from '../context.ts'
import { operation } from '../context.ts'
import type { Tree } from '../files/store.ts'
import { checkCapabilities } from '../shared/capability-refs.ts'
import { choose } from './choose.ts'
import { columnsOf } from './columns.ts'
import { answeredBefore } from './idempotency.ts'
import { type NewSession, newSession } from './input.ts'
import { mergedAgent, outerLayers } from './merged.ts'
import { session, toSession } from './shape.ts'
import { writeStartFiles } from './start-files.ts'
import { findSession, insertSession, noSession } from './store.ts'
import { workspaceFor } from './workspace.ts'

export const createSession = operation({
  name: 'create_session',
  route: 'POST /v1/sessions',
  tag: 'sessions',
  summary: 'Open a session. Everything is optional; with an Idempotency-Key a repeated call finds the first one’s session.',
  needs: 'sessions.manage',
  class: 'write',
  input: newSession,
  output: session,
  status: 201,
  example: { input: { title: 'First contact' } },

  async run(ctx, given) {
    const fresh = newId()
    const id = (await answeredBefore(ctx, given, fresh)) ?? fresh
    const tree = id === fresh ? await open(ctx, id, given) : null
    const row = await findSession(ctx.tx, ctx.orgId, ctx.caller.userId, id)
    if (!row) throw noSession()
    const agent = mergedAgent(ctx, await outerLayers(ctx, row.harness_id, row.agent_id), row)
    if (tree) await writeStartFiles(ctx, tree, agent)
    return toSession(ctx.urls, row, agent.features)
  },
})

/** Everything but the files. */
async function open(ctx: Ctx, id: Uuid, given: NewSession): Promise<Tree> {
  checkCapabilities(ctx, given.capabilities ?? [])
  const choice = await choose(ctx, given)
  const tree = await workspaceFor(ctx, id, given.workspace_id ?? null)
  await insertSession(ctx.tx, columnsOf(ctx, id, given, choice, tree.workspaceId), {
    harness_id: toWire('harness', choice.harnessId),
    agent_id: toWireOrNull('agent', choice.agentId) ?? undefined,
    model_id: toWireOrNull('model', choice.modelId) ?? undefined,
  })
  return tree
}
