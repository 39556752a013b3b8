// Pins: what one user keeps at the top of the list.
import { z } from 'zod'
import { operation } from '../context.ts'
import { wireId } from '../shared/ids.ts'
import { unpinSession as deletePin, pinSession as insertPin, sessionExists } from './store.ts'

export const pinSession = operation({
  name: 'pin_session',
  route: 'PUT /v1/sessions/{session_id}/pin',
  tag: 'sessions',
  summary: 'Pin a session for the caller.',
  needs: 'sessions.view',
  class: 'write',
  input: z.object({ session_id: wireId('session') }),
  output: z.void(),
  status: 204,

  async run({ tx, orgId, caller }, { session_id }) {
    await sessionExists(tx, orgId, session_id)
    await insertPin(tx, orgId, caller.userId, session_id)
  },
})

export const unpinSession = operation({
  name: 'unpin_session',
  route: 'DELETE /v1/sessions/{session_id}/pin',
  tag: 'sessions',
  summary: 'Take the caller’s pin off a session.',
  needs: 'sessions.view',
  class: 'write',
  input: z.object({ session_id: wireId('session') }),
  output: z.void(),
  status: 204,

  async run({ tx, orgId, caller }, { session_id }) {
    await sessionExists(tx, orgId, session_id)
    await deletePin(tx, orgId, caller.userId, session_id)
  },
})
