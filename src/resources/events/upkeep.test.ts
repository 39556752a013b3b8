// What leaves the log, and what readers see of it. Turns lie in the past, because time is the database's.
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openReplica, type Replica, sessionLog, turnEvents, wireEventId } from '../../../test/support/door.ts'
import { openStream } from '../../../test/support/sse.ts'
import type { EventType, StoredEvent } from '../../contract/events/index.ts'
import { defaultOrgId, newId, toWire } from '../../contract/ids.ts'
import { FillCaches, Filler } from './fill.ts'
import { compactDeltas, forgetEvents } from './upkeep.job.ts'

let log: Awaited<ReturnType<typeof sessionLog>>
let replica: Replica
beforeEach(async () => {
  log = await sessionLog()
  replica = await openReplica({ url: log.url })
})
afterEach(async () => {
  await replica.close()
  await log.close()
})

const isDelta = (type: string) => type.endsWith('.delta')
const minute = 60_000
const day = 24 * 60 * minute
const compact = () => compactDeltas(log.db.engine, 10 * minute).run()
const forget = (days: number) => forgetEvents(log.db.engine, days).run()

/** Commits events of one turn that ended `agoMs` ago, ten seconds after it began. */
async function ended(events: StoredEvent[], agoMs: number): Promise<StoredEvent[]> {
  const at = Date.now() - agoMs
  const turnId = events[0]?.turnId ?? newId()
  const times = { created_at: new Date(at - 10_000), completed_at: new Date(at) }
  const workflow = { id: turnId, org_id: defaultOrgId, session_id: log.sessionId, type: 'turn', status: 'completed' as const }
  await log.db.engine
    .insertInto('workflows')
    .values({ ...workflow, ...times, version: 1, state: '{}' })
    .execute()
  return log.commit(events.map((event) => ({ ...event, ts: at })))
}
const turn = (agoMs: number, pieces = ['Hi ', 'there', '!']) => ended(turnEvents(log, 'Hello', pieces), agoMs)

async function shown(query = ''): Promise<{ type: string; sequence: number }[]> {
  const { data } = (await replica.http.inject({ method: 'GET', url: `/v1/sessions/${log.session}/events${query}` })).json()
  return data
}
const sequences = (events: readonly { sequence: number }[]) => events.map(({ sequence }) => sequence)

test('ten minutes after its turn a completed message is kept whole only, and all else stays', async () => {
  const [old, recent] = [await turn(11 * minute), await turn(9 * minute)]
  expect(await compact()).toEqual({ turns: 1, removed: 3 })
  expect(sequences(await shown())).toEqual(sequences([...old.filter(({ type }) => !isDelta(type)), ...recent]))
  expect(await compact()).toEqual({})
})

test('a reader that was among the pieces goes on with the completed message', async () => {
  const events = await turn(11 * minute)
  const inside = events.filter(({ type }) => isDelta(type))[1]
  await compact()
  const since = wireEventId(inside?.id ?? '')
  const [next] = await shown(`?since_id=${since}`)
  expect(next?.type).toBe('output.message.completed')

  const address = await replica.http.listen('127.0.0.1:0')
  const reader = await openStream(`${address}/v1/sessions/${log.session}/sse?since_id=${since}`)
  const [first, ...rest] = await reader.events(5)
  expect([first?.event, rest.at(-1)?.event]).toEqual(['output.message.completed', 'session.idled'])
  reader.close()
})

test('the pieces of an answer that was never completed are all there is of it', async () => {
  const whole = turnEvents(log, 'Hello', ['Hi ', 'the'])
  const broken = whole.filter(({ type }) => type !== 'output.message.completed')
  await ended(broken, 20 * minute)
  expect(await compact()).toEqual({ turns: 1, removed: 0 })
  expect(sequences(await shown())).toEqual(sequences(broken))
})

test('pieces of a dead attempt at a message go with it; those of thinking too, those of tools stay', async () => {
  const events = turnEvents(log, 'Hello', ['Hi'])
  const delta = events.find(({ type }) => isDelta(type))
  const more = (type: EventType, execId: string) => ({
    ...log.next(type, JSON.parse(delta?.data ?? '')),
    turnId: delta?.turnId ?? null,
    execId,
  })
  const thought = more('reason.thinking.delta', delta?.execId ?? '')
  const dead = more('output.message.delta', newId())
  const tool = more('tool.output.delta', newId())
  await ended([...events, thought, dead, tool], 20 * minute)
  expect(await compact()).toEqual({ turns: 1, removed: 3 })
  expect((await shown()).filter(({ type }) => isDelta(type)).map(({ type }) => type)).toEqual(['tool.output.delta'])
})

test('two control planes share the work, in small transactions, and neither does it twice', async () => {
  for (let n = 0; n < 30; n += 1) await turn(60 * minute - n * 1_000)
  const workflow = {
    org_id: defaultOrgId,
    session_id: newId(),
    type: 'turn',
    status: 'completed' as const,
    version: 1,
    state: '{}',
  }
  const empty = Array.from({ length: 400 }, (_, n) => ({
    ...workflow,
    id: newId(),
    completed_at: new Date(Date.now() - day - n),
  }))
  await log.db.engine.insertInto('workflows').values(empty).execute()
  const done = await Promise.all([compact(), compact()])
  const sum = (what: string) => done.reduce((total, one) => total + (one[what] ?? 0), 0)
  expect([sum('turns'), sum('removed')]).toEqual([430, 90])
})

/** Turns of other sessions and tasks that stood alone, none of which left anything in a log; one ended each millisecond. */
const endedLongAgo = (count: number) =>
  log.db.enginePool.query(
    `insert into workflows (id, org_id, session_id, type, status, version, state, created_at, completed_at)
     select gen_random_uuid(), $1, gen_random_uuid(), case n % 2 when 0 then 'turn' else 'standalone' end, 'completed', 1, '{}', at, at
     from generate_series(1, $2::int) n, lateral (select now() - interval '60 days' + n * interval '1 ms' as at) t`,
    [defaultOrgId, count],
  )

test('one run deals with whatever ended since the last one, and others may forget all of it then', async () => {
  await endedLongAgo(6_000)
  await turn(40 * day)
  expect(await compact()).toEqual({ turns: 6_001, removed: 3 })
  expect(await forget(30)).toMatchObject({ turns: 6_001 })
  const unseen = await log.db.enginePool.query(
    'select from workflows where completed_at > (select min(at) from duty_stamps where name = any($1))',
    [['compact_deltas', 'forget_events']],
  )
  expect(unseen.rowCount).toBe(0)
})

test('a run ends when its process goes, and the next process goes on', async () => {
  await endedLongAgo(100)
  expect(await compactDeltas(log.db.engine, 0).run(AbortSignal.abort())).toEqual({})
  expect(await compact()).toEqual({ turns: 100, removed: 0 })
})

test('a piece that was read before its neighbours went is still shown with all before it', async () => {
  const events = await turn(11 * minute)
  const last = events.filter(({ type }) => isDelta(type)).at(-1)
  await compact()
  if (!last) throw new Error('no piece')
  const filled = await new Filler(log.db.engine, new FillCaches()).fill(last)
  expect(JSON.parse(filled.text).data.accumulated).toBe('Hi there!')
})

test('turns that ended so many days ago are forgotten, what belongs to no turn is not', async () => {
  const started = await log.commit([
    log.next('session.started', { harness_id: toWire('harness', newId()) }, { ts: Date.now() - 50 * day }),
  ])
  await turn(40 * day)
  const title = await log.commit([log.next('session.title.updated', { title: 'x' }, { ts: Date.now() - 35 * day })])
  await turn(31 * day)
  const kept = await turn(29 * day)
  expect(await forget(30)).toEqual({ turns: 2, removed: 2 * kept.length })
  expect(sequences(await shown())).toEqual(sequences([...started, ...title, ...kept]))
  expect(await forget(30)).toEqual({})
  const head = await log.db.engine.selectFrom('session_heads').select('last_sequence').executeTakeFirst()
  expect(head?.last_sequence).toBe(kept.at(-1)?.sequence)
})

test('nobody removes or changes an event by the way', async () => {
  await turn(minute)
  const statements = [
    'delete from events',
    'truncate events',
    `update events set type = 'x'`,
    "select compact_deltas(interval '0', 9)",
  ]
  for (const statement of statements.slice(0, 3)) await expect(log.db.enginePool.query(statement), statement).rejects.toThrow()
  for (const statement of statements) {
    const asked = log.db.asOrg(defaultOrgId, 'write', (tx) => sql.raw(statement).execute(tx))
    await expect(asked, statement).rejects.toThrow()
  }
  expect(await shown()).not.toEqual([])
})
