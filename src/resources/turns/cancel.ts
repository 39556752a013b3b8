// Ends the running turn at the user's wish. Nothing of it commits afterwards.
import { z } from 'zod'
import { operation } from '../context.ts'
import { wireId } from '../shared/ids.ts'

const answers = {
  cancelled: { status: 'cancelled', message: 'The turn was cancelled.' },
  no_op: { status: 'no_op', message: 'No turn was running.' },
} as const

export const cancelTurn = operation({
  name: 'cancel_turn',
  route: 'POST /v1/sessions/{session_id}/cancel',
  tag: 'sessions',
  summary: 'Cancel the running turn; without one nothing happens.',
  needs: 'sessions.manage',
  class: 'write',
  ownTransactions: true,
  body: 'none',
  input: z.object({ session_id: wireId('session') }),
  output: z.object({ status: z.enum(['cancelled', 'no_op']), message: z.string() }).meta({ id: 'CancelTurnResponse' }),

  async run({ turns, orgId }, { session_id }) {
    const cancelled = await turns.cancel(orgId, session_id, 'user_requested')
    return cancelled ? answers.cancelled : answers.no_op
  },
})
