import type { Updateable } from 'kysely'
import { z } from 'zod'
import type { Sessions } from '../../db/schema-resources.ts'
import { operation } from '../context.ts'
import { bumpConfigRevision } from '../organizations/store.ts'
import { wireId } from '../shared/ids.ts'
import { wireSession } from './get.ts'
import { callerTags, locale, title } from './input.ts'
import { session } from './shape.ts'
import { changeSession, sessionExists } from './store.ts'

const change = {
  title: title.nullish(),
  locale: locale.nullish(),
  tags: callerTags.nullish(),
  agent_identity_id: wireId('identity').nullish(),
}

export const updateSession = operation({
  name: 'update_session',
  route: 'PATCH /v1/sessions/{session_id}',
  tag: 'sessions',
  summary: 'Change a session: only the fields given; null clears title, locale and identity.',
  needs: 'sessions.manage',
  class: 'write',
  input: z.object({ session_id: wireId('session'), ...change }).meta({ id: 'UpdateSessionRequest' }),
  output: session,

  async run(ctx, { session_id, ...given }) {
    const { tx, orgId, turns } = ctx
    await sessionExists(tx, orgId, session_id)
    // A new title is an event, so it goes through the head, in a transaction of the engine's: before this one holds the row.
    if (given.title) await turns.setTitle(orgId, session_id, given.title)
    const columns = columnsOf(given)
    if (Object.keys(columns).length > 0) await changeSession(tx, orgId, session_id, columns)
    if ('locale' in columns) await bumpConfigRevision(tx, orgId)
    return wireSession(ctx, session_id)
  },
})

function columnsOf({ title, locale, tags, agent_identity_id }: z.output<z.ZodObject<typeof change>>): Updateable<Sessions> {
  return {
    ...(title === null || title === '' ? { title: null } : {}),
    ...(locale === undefined ? {} : { locale }),
    ...(tags ? { tags } : {}),
    ...(agent_identity_id === undefined ? {} : { agent_identity_id }),
  }
}
