// What a session keeps: keys with their values, secrets by name only.
import { z } from 'zod'
import { listOf } from '../../contract/page.ts'
import { operation } from '../context.ts'
import { sessionExists } from '../sessions/store.ts'
import { wireId } from '../shared/ids.ts'
import { toWireTime } from '../shared/time.ts'
import { isInternal } from './internal.ts'
import { secretsOfSession, valuesOfSession } from './store.ts'

const keyValueInfo = z
  .object({ key: z.string(), value: z.string(), created_at: z.string(), updated_at: z.string() })
  .meta({ id: 'KeyValueInfo' })
const secretInfo = z.object({ name: z.string(), created_at: z.string(), updated_at: z.string() }).meta({ id: 'SecretInfo' })

export const listKeys = operation({
  name: 'list_keys',
  route: 'GET /v1/sessions/{session_id}/storage/keys',
  tag: 'session-storage',
  summary: 'List the keys and values a session keeps.',
  needs: 'sessions.view',
  class: 'read',
  input: z.object({ session_id: wireId('session') }),
  output: listOf(keyValueInfo).meta({ id: 'ListResponse_KeyValueInfo' }),

  async run({ tx, orgId }, { session_id }) {
    await sessionExists(tx, orgId, session_id)
    const rows = await valuesOfSession(tx, orgId, session_id)
    return { data: rows.filter(({ key }) => !isInternal(key)).map(({ key, value, ...row }) => ({ key, value, ...timesOf(row) })) }
  },
})

export const listSecrets = operation({
  name: 'list_secrets',
  route: 'GET /v1/sessions/{session_id}/storage/secrets',
  tag: 'session-storage',
  summary: 'List the names of a session’s secrets, never their values.',
  needs: 'sessions.view',
  class: 'read',
  input: z.object({ session_id: wireId('session') }),
  output: listOf(secretInfo).meta({ id: 'ListResponse_SecretInfo' }),

  async run({ tx, orgId }, { session_id }) {
    await sessionExists(tx, orgId, session_id)
    const rows = await secretsOfSession(tx, orgId, session_id)
    return { data: rows.filter(({ name }) => !isInternal(name)).map(({ name, ...row }) => ({ name, ...timesOf(row) })) }
  },
})

const timesOf = (row: { created_at: Date; updated_at: Date }) => ({
  created_at: toWireTime(row.created_at),
  updated_at: toWireTime(row.updated_at),
})
