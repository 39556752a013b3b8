// What a running tool reads of its session's values and secrets through Call. The session is the lease's, never the input's.
import { z } from 'zod'
import type { ValueEntry } from '../../contract/capability.ts'
import { Problem } from '../../contract/problem.ts'
import type { ListedValue, ReadValue } from '../../contract/session-reads.ts'
import { operation } from '../context.ts'
import { leasedSession } from '../sessions/lease.ts'
import { secretPlace } from './seal-place.ts'
import { findSecret, findValue, type SecretRow, secretsOfSession, type ValueRow, valuesOfSession } from './store.ts'

const valueEntry: z.ZodType<ValueEntry> = z.object({ key: z.string(), createdAt: z.string(), updatedAt: z.string() })
const listedValue: z.ZodType<ListedValue> = z.object({ entry: valueEntry, revision: z.string() })
const readValue: z.ZodType<ReadValue> = z.object({ entry: valueEntry, revision: z.string(), value: z.string() })

export const getSessionValue = operation({
  name: 'get_session_value',
  tag: 'worker',
  summary: 'Read one value of the session; null where there is none.',
  needs: 'sessions.view',
  class: 'read',
  audience: 'worker',
  input: z.object({ key: z.string() }),
  output: readValue.nullable(),

  async run(ctx, { key }) {
    const row = await findValue(ctx.tx, ctx.orgId, leasedSession(ctx), key)
    return row ? { ...toListed(row.key, row), value: row.value } : null
  },
})

export const listSessionValues = operation({
  name: 'list_session_values',
  tag: 'worker',
  summary: 'List the keys of the session’s values.',
  needs: 'sessions.view',
  class: 'read',
  audience: 'worker',
  input: z.object({}),
  output: z.array(listedValue),
  run: async (ctx) => (await valuesOfSession(ctx.tx, ctx.orgId, leasedSession(ctx))).map((row) => toListed(row.key, row)),
})

export const getSessionSecret = operation({
  name: 'get_session_secret',
  tag: 'worker',
  summary: 'Read one secret of the session, opened; null where there is none.',
  needs: 'sessions.view',
  class: 'read',
  audience: 'worker',
  input: z.object({ name: z.string() }),
  output: readValue.nullable(),

  async run(ctx, { name }) {
    if (!ctx.sealer.available)
      throw new Problem('bad_request', 'Encryption is not configured', { code: 'encryption_not_configured' })
    const sessionId = leasedSession(ctx)
    const row = await findSecret(ctx.tx, ctx.orgId, sessionId, name)
    return row ? { ...toListed(name, row), value: ctx.sealer.open(row.value, secretPlace(sessionId, name)) } : null
  },
})

export const listSessionSecrets = operation({
  name: 'list_session_secrets',
  tag: 'worker',
  summary: 'List the names of the session’s secrets.',
  needs: 'sessions.view',
  class: 'read',
  audience: 'worker',
  input: z.object({}),
  output: z.array(listedValue),
  run: async (ctx) => (await secretsOfSession(ctx.tx, ctx.orgId, leasedSession(ctx))).map((row) => toListed(row.name, row)),
})

const toListed = (key: string, row: Pick<ValueRow | SecretRow, 'revision' | 'created_at' | 'updated_at'>): ListedValue => ({
  revision: String(row.revision),
  entry: { key, createdAt: row.created_at.toISOString(), updatedAt: row.updated_at.toISOString() },
})
