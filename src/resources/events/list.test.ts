import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openReplica, type Replica, sessionLog, turnEvents, wireEventId } from '../../../test/support/door.ts'
import type { StoredEvent } from '../../contract/events/index.ts'
import { eventId, newId, toWire } from '../../contract/ids.ts'

interface Shown {
  id: string
  type: string
  sequence: number
  // biome-ignore lint/suspicious/noExplicitAny: the data of any event
  data: any
}

let log: Awaited<ReturnType<typeof sessionLog>>
let replica: Replica
let written: StoredEvent[]

beforeAll(async () => {
  log = await sessionLog()
  replica = await openReplica({ url: log.url })
  await log.db.enginePool.query(`insert into contents (org_id, hash, body) values ($1, 'prompt', '"Be kind."')`, [
    '00000000-0000-0000-0000-000000000001',
  ])
  await log.commit([...turnEvents(log, 'Hello', ['Hi ', 'there', '!']), ...turnEvents(log, 'Again', ['Yes', '.'])])
  const call = { id: 'call_1', name: 'get_weather', arguments: { city: 'Kyiv' } }
  await log.commit([
    log.next('tool.started', { tool_call: call }, { turnId: newId(), execId: newId(), extra: '{"tags":["a","b"]}' }),
    log.next('tool.completed', {
      tool_call_id: 'call_1',
      tool_name: 'get_weather',
      success: false,
      status: 'error',
      error: '50% "off"',
    }),
  ])
  written = log.written()
})

afterAll(async () => {
  await replica.close()
  await log.close()
})

async function list(query = ''): Promise<{ status: number; events: Shown[]; total: number; detail: string }> {
  const response = await replica.http.inject({ method: 'GET', url: `/v1/sessions/${log.session}/events${query}` })
  const body = response.json()
  return { status: response.statusCode, events: body.data, total: Number(response.headers['x-total-count']), detail: body.detail }
}
const sequences = (events: Shown[]): number[] => events.map((event) => event.sequence)
const from = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index)

describe('the event list', () => {
  test('gives everything oldest first, and counts all but deltas', async () => {
    const { events, total } = await list()
    expect(sequences(events)).toEqual(from(1, written.length))
    expect(total).toBe(written.length - 5)
  })

  test('fills in what the log stores once', async () => {
    const { events } = await list()
    const deltas = events.filter((event) => event.type === 'output.message.delta')
    expect(deltas.map((event) => event.data.accumulated)).toEqual(['Hi ', 'Hi there', 'Hi there!', 'Yes', 'Yes.'])
    expect(deltas[0]?.data.offset).toBeUndefined()
    const generations = events.filter((event) => event.type === 'llm.generation')
    const texts = generations.map((event) =>
      event.data.messages.map((message: { content: { text: string }[] }) => message.content[0]?.text),
    )
    expect(texts).toEqual([
      ['Be kind.', 'Hello'],
      ['Be kind.', 'Hello', 'Hi there!', 'Again'],
    ])
    expect(generations[0]?.data).toMatchObject({ output: { text: 'Hi there!' }, content: [{ type: 'text', text: 'Hi there!' }] })
    expect(generations[0]?.data.prompt_hash).toBeUndefined()
    expect(events.find((event) => event.type === 'output.message.completed')?.data.message.reasoning).toBeUndefined()
    expect(events.find((event) => event.type === 'tool.started')?.data).toMatchObject({
      tool_name: 'get_weather',
      parameters: { city: 'Kyiv' },
    })
  })

  test('what a model said is shown although its message is not on the page', async () => {
    const { events } = await list('?types=llm.generation')
    expect(events.map((event) => event.data.output)).toEqual([{ text: 'Hi there!' }, { text: 'Yes.' }])
  })

  test('a page that begins inside a message knows the text before it', async () => {
    const { events } = await list('?after_sequence=7&limit=1')
    expect(events[0]?.data).toMatchObject({ delta: '!', accumulated: 'Hi there!' })
  })

  test('with a limit gives the last events, begun at a turn’s beginning', async () => {
    const { events } = await list('?limit=5')
    expect(events[0]?.type).toBe('turn.started')
    expect(events.at(-1)?.sequence).toBe(written.length)
    expect(sequences((await list('?before_sequence=5&limit=1')).events)).toEqual([3, 4])
  })

  test('goes on after a cursor, known or not', async () => {
    const third = written[2] as StoredEvent
    expect(sequences((await list(`?since_id=${wireEventId(third.id)}&limit=2`)).events)).toEqual([4, 5])
    expect((await list(`?since_id=${wireEventId(eventId(4_000_000_000))}`)).events).toEqual([])
    const older = wireEventId('00000000-0000-7000-8000-0000ffffffff')
    expect((await list(`?since_id=${older}`)).events).toHaveLength(written.length)
  })

  test('gives a window around an event, and refuses to mix it with cursors', async () => {
    const tenth = wireEventId((written[9] as StoredEvent).id)
    expect(sequences((await list(`?around=${tenth}&window=4`)).events)).toEqual([8, 9, 10, 11])
    expect((await list(`?around=${tenth}&after_sequence=3`)).status).toBe(400)
  })

  test('newest first when asked', async () => {
    expect(sequences((await list('?order_desc=true&limit=2')).events)).toEqual([written.length, written.length - 1])
  })

  test.each([
    ['?types=turn.started&types=turn.completed', 4],
    ['?types=turn.started&types=turn.completed&exclude=turn.completed', 2],
    ['?tool_name=get_weather', 2],
    ['?tags=a&tags=b', 1],
    ['?tags=a&tags=c', 0],
    ['?q=%25%20%22OFF%22', 1],
    ['?q=_%25', 0],
    ['?from_ts=2999-01-01T00:00:00Z', 0],
    ['?to_ts=2999-01-01T00:00:00%2B02:00&limit=1000', 27],
  ])('filters by %s', async (query, count) => {
    expect((await list(query)).events).toHaveLength(count)
  })

  test('filters by turn, trace and attempt', async () => {
    const { turnId, execId } = written[3] as StoredEvent
    const inTurn = written.filter((event) => event.turnId === turnId).length
    expect((await list(`?turn_id=${toWire('turn', turnId ?? '')}`)).events).toHaveLength(inTurn)
    expect((await list(`?trace_id=${turnId?.replaceAll('-', '')}`)).events).toHaveLength(inTurn)
    const inStep = written.filter((event) => event.execId === execId).length
    expect((await list(`?exec_id=${toWire('exec', execId ?? '')}`)).events).toHaveLength(inStep)
  })

  test.each([
    '?types=turn.finished',
    `?types=${Array.from({ length: 65 }, () => 'turn.started').join('&types=')}`,
    '?limit=0',
    '?limit=x',
    '?since_id=event_1',
    '?after_sequence=99999999999',
    '?from_ts=yesterday',
    '?turn_id=turn_x',
    '?trace_id=x',
    '?order_desc=maybe',
    '?q=%00',
  ])('refuses %s', async (query) => {
    expect((await list(query)).status).toBe(400)
  })

  test('an unknown session is not found, a malformed one is refused', async () => {
    const status = async (session: string) => (await replica.http.inject(`/v1/sessions/${session}/events`)).statusCode
    expect(await status(toWire('session', newId()))).toBe(404)
    expect(await status('session_1')).toBe(400)
  })

  test('the summary counts by type', async () => {
    const summary = (await replica.http.inject(`/api/v1/sessions/${log.session}/events/summary`)).json()
    expect(summary).toMatchObject({ total: written.length, turn_count: 2, error_count: 1 })
    expect(summary.by_type).toContainEqual({ event_type: 'output.message.delta', count: 5 })
  })
})
