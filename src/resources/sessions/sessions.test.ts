// Sessions through their operations, on a real database.
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OperationHouse, operationHouse } from '../../../test/support/operations.ts'
import { anonymousUserId, defaultOrgId, fromWire, newId, toWire, type Uuid } from '../../contract/ids.ts'
import type { Ctx } from '../context.ts'
import { getPath } from '../files/get.ts'
import { listWorkspaces } from '../workspaces/list.ts'
import { createSession } from './create.ts'
import { deleteSession } from './delete.ts'
import { sessionFacts } from './facts.ts'
import { getSession } from './get.ts'
import { listSessions } from './list.ts'
import { pinSession, unpinSession } from './pin.ts'
import { getSessionStats } from './stats.ts'
import { updateSession } from './update.ts'

let house: OperationHouse
beforeAll(async () => {
  house = await operationHouse()
})
afterAll(() => house.close())

const uuidOf = (id: string): Uuid => fromWire('session', id) ?? ''
const say = (session: string, text = 'hello') =>
  house.turns.accept(defaultOrgId, uuidOf(session), { content: [{ type: 'text', text }] })
const eventsOf = (session: string) =>
  house.db.engine
    .selectFrom('events')
    .select(['sequence', 'type', 'data'])
    .where('session_id', '=', uuidOf(session))
    .orderBy('sequence')
    .execute()

async function agent(
  name: string,
  columns: { status?: 'active' | 'archived'; initial_files?: string; default_version_id?: Uuid } = {},
) {
  const harness = await house.db.engine
    .selectFrom('harnesses')
    .select('id')
    .where('name', '=', 'generic')
    .executeTakeFirstOrThrow()
  const id = newId()
  const row = { id, org_id: defaultOrgId, name, system_prompt: 'Be kind.', harness_id: harness.id, ...columns }
  await house.db.engine.insertInto('agents').values(row).execute()
  return { id: toWire('agent', id), name }
}

test('an empty body opens a session on the default harness, with a workspace of its own', async () => {
  const session = await house.ask(createSession)
  expect(session).toMatchObject({ status: 'started', tags: [], organization_id: toWire('org', defaultOrgId), is_pinned: false })
  expect(session.features).toContain('file_system')
  expect(session.owner).toMatchObject({ kind: 'user', subject_id: anonymousUserId })
  expect(session.view_url).toBe(`http://ui.test/sessions/${session.id}/chat`)
  expect(session.allowed_actions?.map(({ rel }) => rel)).toEqual(['self', 'events', 'stream', 'update', 'pin', 'delete'])
  const { data } = await house.ask(listWorkspaces, { search: session.id.replace('_', '-') })
  expect(data.map(({ id }) => id)).toEqual([session.workspace_id])
})

test('a session begins with the event that it started', async () => {
  const session = await house.ask(createSession)
  expect(await eventsOf(session.id)).toMatchObject([
    { sequence: 1, type: 'session.started', data: { harness_id: session.harness_id } },
  ])
})

test('an agent is chosen by name or id, and brings its harness and version', async () => {
  const version = newId()
  const { id, name } = await agent('chosen', { default_version_id: version })
  const byName = await house.ask(createSession, { agent_name: name })
  const byId = await house.ask(createSession, { agent_id: id, harness_name: 'base' })
  expect(byName).toMatchObject({ agent_id: id, agent_version_id: toWire('agentVersion', version) })
  expect(byId.agent_id).toBe(id)
  expect(byId.harness_id).not.toBe(byName.harness_id)
})

test.each([
  ['id and name of one kind', { harness_id: toWire('harness', newId()), harness_name: 'generic' }, 'bad_request'],
  ['an unknown harness', { harness_name: 'nowhere' }, 'not_found'],
  ['an unknown agent', { agent_id: toWire('agent', newId()) }, 'not_found'],
  ['an unknown model', { model_id: toWire('model', newId()) }, 'not_found'],
  ['an unknown workspace', { workspace_id: toWire('workspace', newId()) }, 'not_found'],
  ['an unknown capability', { capabilities: ['telepathy'] }, 'bad_request'],
  ['a language that is none', { locale: 'gibberish!' }, 'bad_request'],
  ['a reserved tag', { tags: ['app:x'] }, 'bad_request'],
  ['a malformed id', { workspace_id: 'wsp_12' }, 'bad_request'],
])('%s is refused', async (_, input, kind) => {
  await expect(house.ask(createSession, input)).rejects.toMatchObject({ kind })
})

test('an archived agent is refused', async () => {
  const { name } = await agent('retired', { status: 'archived' })
  await expect(house.ask(createSession, { agent_name: name })).rejects.toMatchObject({
    kind: 'bad_request',
    code: 'agent_archived',
  })
})

test('a locale is normalised; tools called client are client_side', async () => {
  const tools = [{ type: 'client', name: 'ask_user', description: 'Asks.', parameters: { type: 'object' } }]
  const session = await house.ask(createSession, { locale: 'uk_UA', tools, tags: ['red'], hints: { a: 1 } })
  expect(session).toMatchObject({ locale: 'uk-UA', tags: ['red'], hints: { a: 1 } })
  expect(session.tools).toMatchObject([{ type: 'client_side', name: 'ask_user' }])
})

test('initial files of all layers are there, the session’s over the agent’s', async () => {
  const initial = (path: string, content: string) => ({ path, content, encoding: 'text' as const, is_readonly: false })
  const { name } = await agent('filed', {
    initial_files: JSON.stringify([initial('/a/b.md', 'agent'), initial('keep.md', 'kept')]),
  })
  const session = await house.ask(createSession, { agent_name: name, initial_files: [initial('/workspace/a/b.md', 'session')] })
  const read = (path: string) => house.ask(getPath, { session_id: session.id, path })
  expect(await read('a/b.md')).toMatchObject({ content: 'session', path: '/a/b.md' })
  expect(await read('keep.md')).toMatchObject({ content: 'kept' })
  expect(await read('a')).toMatchObject({ data: [{ path: '/a/b.md' }] })
})

test('a failed create leaves nothing', async () => {
  const before = await house.ask(getSessionStats)
  const initial_files = [
    { path: '/x', content: '1' },
    { path: '/x/y', content: '2' },
  ]
  await expect(house.ask(createSession, { initial_files })).rejects.toMatchObject({ kind: 'conflict' })
  expect(await house.ask(getSessionStats)).toEqual(before)
})

test('the same Idempotency-Key finds the same session, also when both calls run at once', async () => {
  const create = (title: string) => house.ask(createSession, { title }, { idempotencyKey: 'once' })
  const [first, second] = await Promise.all([create('one'), create('one')])
  expect(second.id).toBe(first.id)
  await expect(create('another')).rejects.toMatchObject({ kind: 'conflict', code: 'idempotency_key_reused' })
})

test('status follows the live turn', async () => {
  const { id } = await house.ask(createSession)
  const status = async () => (await house.ask(getSession, { session_id: id })).status
  await say(id)
  expect(await status()).toBe('active')
  expect((await house.ask(getSession, { session_id: id })).allowed_actions?.map(({ rel }) => rel)).toContain('cancel')
  await house.turns.cancel(defaultOrgId, uuidOf(id), 'user')
  expect(await status()).toBe('idle')
})

test('an ended turn shows in preview, usage and times', async () => {
  const created = await house.ask(createSession)
  expect(created.usage).toBeUndefined()
  await say(created.id, 'what is up')
  await house.turns.cancel(defaultOrgId, uuidOf(created.id), 'user')
  const session = await house.ask(getSession, { session_id: created.id })
  expect(session).toMatchObject({ preview: 'what is up', usage: { input_tokens: 0, output_tokens: 0 } })
  expect(session.started_at).toBeDefined()
  expect(session.updated_at >= created.updated_at).toBe(true)
})

test('the list is newest first, searched by title, filtered by agent, paged with neighbours', async () => {
  const { id: agent_id } = await agent('listed')
  for (const title of ['Alpha one', 'Alpha two', 'Beta 100%']) await house.ask(createSession, { title, agent_id })
  const titles = async (query: { search?: string; limit?: number; offset?: number }) =>
    (await house.ask(listSessions, { ...query, agent_id })).data.map(({ title }) => title)
  expect(await titles({})).toEqual(['Beta 100%', 'Alpha two', 'Alpha one'])
  expect(await titles({ search: 'ALPHA two' })).toEqual(['Alpha two'])
  expect(await titles({ search: '%' })).toEqual(['Beta 100%'])
  const page = await house.ask(listSessions, { agent_id, limit: 1, offset: 1 })
  expect(page).toMatchObject({ total: 3, limit: 1, offset: 1, sessions: page.data })
  expect(page.next_url).toContain(`agent_id=${agent_id}`)
  expect(page.prev_url).toContain('offset=0')
  expect((await house.ask(listSessions, { agent_id: toWire('agent', newId()) })).data).toEqual([])
})

test('a new title is an event; the same title is none', async () => {
  const { id } = await house.ask(createSession, { title: 'old' })
  const patched = await house.ask(updateSession, { session_id: id, title: 'new', locale: 'de', tags: ['x'] })
  expect(patched).toMatchObject({ title: 'new', locale: 'de', tags: ['x'] })
  await house.ask(updateSession, { session_id: id, title: 'new' })
  const titles = (await eventsOf(id)).filter(({ type }) => type === 'session.title.updated')
  expect(titles).toMatchObject([{ data: { title: 'new', previous_title: 'old' } }])
  const cleared = await house.ask(updateSession, { session_id: id, title: null, locale: null })
  expect([cleared.title, cleared.locale, cleared.tags]).toEqual([undefined, undefined, ['x']])
})

test('pins belong to the user and may be set twice', async () => {
  const { id: session_id } = await house.ask(createSession)
  await house.ask(pinSession, { session_id })
  await house.ask(pinSession, { session_id })
  expect((await house.ask(getSession, { session_id })).is_pinned).toBe(true)
  expect((await house.ask(getSession, { session_id }, { userId: newId() })).is_pinned).toBe(false)
  await house.ask(unpinSession, { session_id })
  expect((await house.ask(getSession, { session_id })).is_pinned).toBe(false)
})

test('delete takes everything along, also under a running turn', async () => {
  const { id, workspace_id } = await house.ask(createSession, { initial_files: [{ path: '/a', content: 'a' }] })
  await say(id)
  await house.ask(deleteSession, { session_id: id })
  await expect(house.ask(getSession, { session_id: id })).rejects.toMatchObject({ kind: 'not_found' })
  await expect(house.ask(deleteSession, { session_id: id })).rejects.toMatchObject({ kind: 'not_found' })
  await expect(say(id)).rejects.toMatchObject({ kind: 'not_found' })
  for (const table of ['events', 'tasks', 'workflows', 'session_totals'] as const) {
    const rows = await house.db.engine.selectFrom(table).select('org_id').where('session_id', '=', uuidOf(id)).execute()
    expect(rows).toEqual([])
  }
  const { data } = await house.ask(listWorkspaces, { include_archived: true })
  expect(data.map((workspace) => workspace.id)).not.toContain(workspace_id)
})

/** Ends the session's turn, its step as a dead letter. */
const endTurn = (session: string) =>
  house.db.enginePool.query(
    `with w as (update workflows set status = 'failed', completed_at = now() where session_id = $1 and completed_at is null returning id),
       t as (update tasks set status = 'dead', completed_at = now() where workflow_id in (select id from w))
     update session_heads set live_turn = null where session_id = $1`,
    [uuidOf(session)],
  )

/** Work that is nothing to a session. */
const fillQueue = (length: number) =>
  house.db.enginePool.query(
    `insert into tasks (id, org_id, workflow_id, session_id, key, kind, class, status, input)
     select gen_random_uuid(), $1, gen_random_uuid(), gen_random_uuid(), 'reason-1', 'other', 'pure', 'completed', '{}'
     from generate_series(1, $2::int) n`,
    [defaultOrgId, length],
  )

test('delete reads no table from end to end, and leaves nothing of ended turns and their dead letters', async () => {
  const { id } = await house.ask(createSession)
  await say(id)
  await endTurn(id)
  await say(id, 'again')
  await fillQueue(20_000)
  const read = await house.db.asOrg(defaultOrgId, 'write', async (tx) => {
    // All that this operation takes of its context.
    await deleteSession.run({ tx, orgId: defaultOrgId } as Ctx, { session_id: uuidOf(id) })
    return sql`select relname from pg_stat_xact_user_tables where seq_tup_read > 1000`.execute(tx)
  })
  expect(read.rows).toEqual([])
  for (const table of ['session_heads', 'tasks', 'workflows'] as const) {
    const rows = await house.db.engine.selectFrom(table).select('org_id').where('session_id', '=', uuidOf(id)).execute()
    expect(rows, table).toEqual([])
  }
})

test('a shared workspace outlives the session it was made for', async () => {
  const first = await house.ask(createSession, { initial_files: [{ path: '/a', content: 'first' }] })
  const second = await house.ask(createSession, {
    workspace_id: first.workspace_id,
    initial_files: [
      { path: '/a', content: 'second' },
      { path: '/b', content: 'b' },
    ],
  })
  await house.ask(deleteSession, { session_id: first.id })
  expect(await house.ask(getPath, { session_id: second.id, path: '/a' })).toMatchObject({ content: 'first' })
  expect(await house.ask(getPath, { session_id: second.id, path: '/b' })).toMatchObject({ content: 'b' })
})

test('another organisation sees nothing', async () => {
  const { id } = await house.ask(createSession)
  const orgId = newId()
  await expect(house.ask(getSession, { session_id: id }, { orgId })).rejects.toMatchObject({ kind: 'not_found' })
  expect((await house.ask(listSessions, {}, { orgId })).total).toBe(0)
})

test('a tool is told its own session’s facts, whatever it asks', async () => {
  const { id } = await house.ask(createSession, { title: 'Mine', locale: 'fr' })
  const lease = { sessionId: uuidOf(id) }
  expect(await house.ask(sessionFacts, {}, { lease })).toMatchObject({
    id: uuidOf(id),
    title: 'Mine',
    locale: 'fr',
    agentName: null,
  })
  await expect(house.ask(sessionFacts)).rejects.toMatchObject({ kind: 'forbidden' })
})
