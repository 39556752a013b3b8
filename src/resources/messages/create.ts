// A message comes in: durable before the caller hears 201.
import { z } from 'zod'
import { operation } from '../context.ts'
import { wireId } from '../shared/ids.ts'
import { newMessage, newMessageOf } from './input.ts'
import { messageRead, toMessageRead } from './shape.ts'

/** Problems: `not_found`; `conflict` when the idempotency key was used for another message. */
export const createMessage = operation({
  name: 'create_message',
  route: 'POST /v1/sessions/{session_id}/messages',
  tag: 'messages',
  summary: 'Add a user message and start (or steer) the turn.',
  needs: 'sessions.manage',
  class: 'write',
  ownTransactions: true,
  input: z.object({ session_id: wireId('session'), ...newMessage }),
  output: messageRead,
  status: 201,
  example: { input: { message: { role: 'user', content: [{ type: 'text', text: 'What time is it?' }] } } },

  async run({ turns, orgId, idempotencyKey }, { session_id, ...given }) {
    const { message, sequence } = await turns.accept(orgId, session_id, newMessageOf(given, idempotencyKey))
    return toMessageRead(session_id, sequence, message)
  },
})
