// What a running tool may know about its session, asked through Call.
import { z } from 'zod'
import type { SessionFacts } from '../../contract/capability.ts'
import { operation } from '../context.ts'
import { leasedSession } from './lease.ts'
import { usageOf } from './shape.ts'
import { findSession, noSession } from './store.ts'

const count = z.number().int()
const sessionFactsSchema: z.ZodType<SessionFacts> = z.object({
  id: z.string(),
  title: z.string().nullable(),
  locale: z.string().nullable(),
  agentName: z.string().nullable(),
  usage: z.object({ input_tokens: count, output_tokens: count, cache_read_tokens: count, cache_creation_tokens: count }),
})

export const sessionFacts = operation({
  name: 'session_facts',
  tag: 'worker',
  summary: 'The session’s title, language, agent and usage so far.',
  needs: 'sessions.view',
  class: 'read',
  audience: 'worker',
  input: z.object({}),
  output: sessionFactsSchema,

  async run(ctx) {
    const row = await findSession(ctx.tx, ctx.orgId, ctx.caller.userId, leasedSession(ctx))
    if (!row) throw noSession()
    const { input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens } = usageOf(row)
    return {
      id: row.id,
      title: row.title,
      locale: row.locale,
      agentName: row.agent_name,
      usage: { input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens },
    }
  },
})
