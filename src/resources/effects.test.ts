// The effect stores as the hand-off uses them: lock, look, write, in one transaction of the engine.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OperationHouse, operationHouse } from '../../test/support/operations.ts'
import { defaultOrgId, fromWire, type Uuid } from '../contract/ids.ts'
import type { JsonObject } from '../contract/json.ts'
import type { EffectItem, EffectStore, RevisionRow } from './effect-store.ts'
import { createPath } from './files/create.ts'
import { fileEffects } from './files/effects.ts'
import { getPath } from './files/get.ts'
import { updatePath } from './files/update.ts'
import { createSession } from './sessions/create.ts'
import { sessionEffects, totalsEffects } from './sessions/effects.ts'
import { getSession } from './sessions/get.ts'
import { secretEffects, valueEffects } from './storage/effects.ts'
import { listKeys } from './storage/list.ts'
import { getSessionSecret } from './storage/worker.ts'

let house: OperationHouse
beforeAll(async () => {
  house = await operationHouse()
})
afterAll(() => house.close())

interface Made {
  wire: string
  id: Uuid
  workspace: string
}
async function session(workspace_id?: string): Promise<Made> {
  const { id, workspace_id: workspace } = await house.ask(createSession, { workspace_id })
  return { wire: id, id: fromWire('session', id) ?? '', workspace }
}

const item = ({ id }: Made, key: string, write: JsonObject | null): EffectItem => ({
  orgId: defaultOrgId,
  sessionId: id,
  key,
  write,
})
const apply = (store: EffectStore, items: EffectItem[]) =>
  house.commit([...(store.lock ? [store.lock(items)] : []), ...store.writes(items)])
async function revisions(store: EffectStore, keys: [Made, string][]): Promise<(string | null)[]> {
  const asked = keys.map(([made, key]) => item(made, key, null))
  // The statement names these columns.
  const rows = (await house.commit([
    ...(store.lock ? [store.lock(asked)] : []),
    store.revisions(asked),
  ])) as unknown as RevisionRow[]
  return keys.map(([made, key]) => rows.find((row) => row.session_id === made.id && row.key === key)?.revision ?? null)
}
const content = async ({ wire }: Made, path: string) => {
  const answered = await house.ask(getPath, { session_id: wire, path })
  return 'data' in answered ? answered.data.map((entry) => entry.path) : answered.content
}

test('file writes of several sessions are applied together, parents included', async () => {
  const [a, b] = [await session(), await session()]
  const text = (value: string) => ({ content: value, encoding: 'text' })
  await apply(fileEffects, [
    item(a, '/x/y/one.md', text('first')),
    item(b, '/x/one.md', text('b')),
    item(a, '/x/y/one.md', text('last')),
    item(a, '/bin', { content: Buffer.from([0, 1]).toString('base64'), encoding: 'base64' }),
    item(a, '/empty', { content: '', encoding: 'text', is_directory: true }),
  ])
  expect(await content(a, '/x/y/one.md')).toBe('last')
  expect(await content(b, '/x/one.md')).toBe('b')
  expect(await content(a, '/')).toEqual(['/bin', '/empty', '/x'])
  expect(await content(a, '/bin')).toBe(Buffer.from([0, 1]).toString('base64'))
})

test('deletes take entries one by one; a directory that somebody else filled stays', async () => {
  const a = await session()
  const file = { content: 'x', encoding: 'text' }
  await apply(fileEffects, [item(a, '/gone/a', file), item(a, '/kept/a', file)])
  await house.ask(createPath, { session_id: a.wire, path: '/kept/theirs', content: 'y' })
  await apply(
    fileEffects,
    ['/gone', '/gone/a', '/kept', '/kept/a', '/nowhere'].map((key) => item(a, key, null)),
  )
  expect(await content(a, '/')).toEqual(['/kept'])
  expect(await content(a, '/kept')).toEqual(['/kept/theirs'])
})

test('a revision changes with every write of anybody, and absence shows as none', async () => {
  const a = await session()
  expect(await revisions(fileEffects, [[a, '/f']])).toEqual([null])
  await apply(fileEffects, [item(a, '/f', { content: '1', encoding: 'text' })])
  const [mine] = await revisions(fileEffects, [[a, '/f']])
  await house.ask(updatePath, { session_id: a.wire, path: '/f', content: '2' })
  const [theirs] = await revisions(fileEffects, [[a, '/f']])
  expect(new Set([null, mine, theirs]).size).toBe(3)
})

test('who looked at an absent file under the lock can rely on it: a PUT waits for the commit', async () => {
  const a = await session()
  const write = [item(a, '/raced', { content: 'agent', encoding: 'text' })]
  const client = await house.db.enginePool.connect()
  await client.query('begin')
  await client.query(fileEffects.lock?.(write) ?? '')
  expect((await client.query(fileEffects.revisions(write))).rows).toMatchObject([{ revision: null }])
  const put = house.ask(createPath, { session_id: a.wire, path: '/raced', content: 'user' }).catch((error: unknown) => error)
  for (const statement of fileEffects.writes(write)) await client.query(statement)
  await client.query('commit')
  client.release()
  expect(await put).toMatchObject({ kind: 'conflict', code: 'file_exists' })
  expect(await content(a, '/raced')).toBe('agent')
})

test('two sessions of one workspace mean the same entry, and one batch may write it twice', async () => {
  const a = await session()
  const b = await session(a.workspace)
  const rows = await house.commit([fileEffects.revisions([item(a, '/same', null), item(b, '/same', null)])])
  expect(rows[0]?.place).toBe(rows[1]?.place)
  await apply(fileEffects, [
    item(a, '/same', { content: 'a', encoding: 'text' }),
    item(b, '/same', { content: 'b', encoding: 'text' }),
  ])
  expect(await revisions(fileEffects, [[a, '/same']])).toEqual(await revisions(fileEffects, [[b, '/same']]))
})

test('values are set, replaced and deleted', async () => {
  const a = await session()
  await apply(valueEffects, [item(a, 'k', { value: '1' }), item(a, 'k', { value: '2' }), item(a, 'gone', { value: 'x' })])
  const before = await revisions(valueEffects, [
    [a, 'k'],
    [a, 'absent'],
  ])
  expect(before[1]).toBeNull()
  await apply(valueEffects, [item(a, 'k', { value: '3' }), item(a, 'gone', null)])
  expect((await house.ask(listKeys, { session_id: a.wire })).data).toMatchObject([{ key: 'k', value: '3' }])
  expect(await revisions(valueEffects, [[a, 'k']])).not.toEqual([before[0]])
})

test('secrets rest sealed and are opened for their own session', async () => {
  const [a, b] = [await session(), await session()]
  await apply(secretEffects(house.sealer), [item(a, 'TOKEN', { value: 'hush' })])
  const row = await house.db.engine
    .selectFrom('session_secrets')
    .select('value')
    .where('session_id', '=', a.id)
    .executeTakeFirstOrThrow()
  expect(JSON.stringify(row.value)).not.toContain('hush')
  const read = (made: Made) => house.ask(getSessionSecret, { name: 'TOKEN' }, { lease: { sessionId: made.id } })
  expect(await read(a)).toMatchObject({ value: 'hush' })
  expect(await read(b)).toBeNull()
})

test('a title is set; writes of a session that is gone are left out', async () => {
  const a = await session()
  const gone: Made = { ...a, id: '00000000-0000-7000-8000-000000000001' }
  await apply(sessionEffects, [item(a, 'title', { title: 'Named' }), item(gone, 'title', { title: 'Nobody' })])
  await apply(valueEffects, [item(gone, 'k', { value: 'v' })])
  await apply(fileEffects, [item(gone, '/f', { content: '', encoding: 'text' }), item(gone, '/g', null)])
  expect((await house.ask(getSession, { session_id: a.wire })).title).toBe('Named')
})

test('the totals of ended turns add up; the first preview and the last answer are kept', async () => {
  const a = await session()
  const ended = (n: number, more: JsonObject): EffectItem =>
    item(a, 'turn', {
      usage: { input_tokens: n, output_tokens: 1, estimated_cost_usd: 0.5 },
      duration_ms: 10,
      started_at: 1_000 * n,
      ...more,
    })
  await apply(totalsEffects, [
    ended(1, { preview: 'first', output_preview: 'one' }),
    ended(2, { preview: 'second', output_preview: null }),
  ])
  await apply(totalsEffects, [ended(3, { preview: 'third', output_preview: 'three' })])
  const row = await house.db.engine
    .selectFrom('session_totals')
    .selectAll()
    .where('session_id', '=', a.id)
    .executeTakeFirstOrThrow()
  expect(row).toMatchObject({ turns: 3, input_tokens: 6, output_tokens: 3, estimated_cost_usd: 1.5, duration_ms: 30 })
  expect(row).toMatchObject({ preview: 'first', output_preview: 'three', started_at: new Date(1_000) })
})
