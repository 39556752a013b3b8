import { z } from 'zod'
import type { Uuid } from '../../contract/ids.ts'
import type { Ctx } from '../context.ts'
import { operation } from '../context.ts'
import { wireId } from '../shared/ids.ts'
import { featuresOf } from './merged.ts'
import { session, toSession, type WireSession } from './shape.ts'
import { findSession, noSession } from './store.ts'

/** Problem not_found. */
export async function wireSession(ctx: Ctx, id: Uuid): Promise<WireSession> {
  const row = await findSession(ctx.tx, ctx.orgId, ctx.caller.userId, id)
  if (!row) throw noSession()
  const [features] = await featuresOf(ctx, [row])
  return toSession(ctx.urls, row, features ?? [])
}

export const getSession = operation({
  name: 'get_session',
  route: 'GET /v1/sessions/{session_id}',
  tag: 'sessions',
  summary: 'Get one session.',
  needs: 'sessions.view',
  class: 'read',
  input: z.object({ session_id: wireId('session') }),
  output: session,
  run: (ctx, { session_id }) => wireSession(ctx, session_id),
})
