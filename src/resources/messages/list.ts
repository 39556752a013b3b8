import { z } from 'zod'
import { listOf } from '../../contract/page.ts'
import { messagesOf } from '../../turn/transcript.ts'
import { operation } from '../context.ts'
import { sessionExists } from '../sessions/store.ts'
import { wireId } from '../shared/ids.ts'
import { withAlias } from '../shared/list-alias.ts'
import { messageRead, toMessageRead } from './shape.ts'
import { transcriptOf } from './store.ts'

export const listMessages = operation({
  name: 'list_messages',
  route: 'GET /v1/sessions/{session_id}/messages',
  tag: 'messages',
  summary: 'List the messages of a session, oldest first: what people said, what the agent answered, what its tools gave.',
  needs: 'sessions.view',
  class: 'read',
  input: z.object({ session_id: wireId('session') }),
  output: listOf(messageRead).meta({ id: 'ListResponse_Message' }),

  async run({ tx, orgId }, { session_id }) {
    await sessionExists(tx, orgId, session_id)
    const messages = messagesOf(await transcriptOf(tx, orgId, session_id))
    return withAlias({ data: messages.map(({ sequence, message }) => toMessageRead(session_id, sequence, message)) }, 'messages')
  },
})
