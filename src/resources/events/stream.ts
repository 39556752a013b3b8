import { z } from 'zod'
import { operation } from '../context.ts'
import { wireId } from '../shared/ids.ts'
import { headOrRefuse, sequenceOf } from './cursor.ts'
import type { Watch } from './feed.ts'
import { typeFilter, wantsOf } from './shape.ts'

/**
 * What a transport needs to stream a session: it hands this to the feed. In documents the answer is the event that every frame
 * carries.
 */
const watch = z.custom<Watch>().meta({ $ref: '#/components/schemas/Event' })

/**
 * From the beginning, or after `since_id`; a browser that reconnects repeats its first address and says in a header where it
 * was. A cursor is never refused when it is well formed. Then live, without end.
 */
export const streamSse = operation({
  name: 'stream_sse',
  route: 'GET /v1/sessions/{session_id}/sse',
  aliases: ['GET /v1/sessions/{session_id}/events/stream'],
  tag: 'events',
  summary: 'Stream the events of a session: what happened, then what happens.',
  needs: 'sessions.view',
  class: 'read',
  ownTransactions: true,
  input: z.object({
    session_id: wireId('session'),
    since_id: wireId('event').nullish(),
    last_event_id: wireId('event').nullish(),
    ...typeFilter,
  }),
  headers: { last_event_id: 'Last-Event-ID' },
  output: watch,
  produces: 'text/event-stream',

  async run(ctx, { session_id, since_id, last_event_id, types, exclude }) {
    const reader = { tx: ctx.db.reads, orgId: ctx.orgId }
    const head = await headOrRefuse(reader, session_id)
    const cursor = last_event_id ?? since_id
    const after = cursor ? await sequenceOf(reader, session_id, head, cursor) : 0
    return { sessionId: session_id, orgId: ctx.orgId, after, wants: wantsOf(types, exclude) }
  },
})
