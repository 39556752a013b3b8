import { z } from 'zod'
import { toWireOrNull } from '../../contract/ids.ts'
import { pageOf, pageQuery } from '../../contract/page.ts'
import { operation } from '../context.ts'
import { wireId } from '../shared/ids.ts'
import { withAlias } from '../shared/list-alias.ts'
import { pageOfRows } from '../shared/paging.ts'
import { featuresOf } from './merged.ts'
import { session, toSession } from './shape.ts'
import { countSessions, sessionsOfOrg } from './store.ts'

export const listSessions = operation({
  name: 'list_sessions',
  route: 'GET /v1/sessions',
  tag: 'sessions',
  summary: 'List sessions, newest first.',
  needs: 'sessions.view',
  class: 'read',
  input: z.object({ ...pageQuery, search: z.string().nullish(), agent_id: wireId('agent').nullish() }),
  output: pageOf(session).meta({ id: 'PaginatedResponse_WithUrls_Session' }),

  async run(ctx, { offset, limit, search, agent_id }) {
    const { tx, orgId, caller, urls } = ctx
    const filter = { search, agentId: agent_id }
    const total = await countSessions(tx, orgId, filter)
    const rows = await sessionsOfOrg(tx, orgId, caller.userId, filter, { offset, limit })
    const features = await featuresOf(ctx, rows)
    const data = rows.map((row, index) => toSession(urls, row, features[index] ?? []))
    const page = pageOfRows(urls, 'sessions', { offset, limit, search, agent_id: toWireOrNull('agent', agent_id) }, data, total)
    return withAlias(page, 'sessions')
  },
})
