import { afterEach, beforeEach, expect, test } from 'vitest'
import { openReplica, type Replica, sessionLog, turnEvents, wireEventId } from '../../test/support/door.ts'
import { openStream, type SseReader, sequencesOf } from '../../test/support/sse.ts'
import { eventId, newId, toWire } from '../contract/ids.ts'

type Options = Partial<Parameters<typeof openReplica>[0]>

let log: Awaited<ReturnType<typeof sessionLog>>
let replicas: Replica[]
let readers: SseReader[]

beforeEach(async () => {
  log = await sessionLog()
  replicas = []
  readers = []
})

afterEach(async () => {
  for (const reader of readers) reader.close()
  for (const replica of replicas) await replica.close()
  await log.close()
})

async function serve(options: Options = {}): Promise<{ replica: Replica; url: string }> {
  const replica = await openReplica({ url: log.url, ...options })
  replicas.push(replica)
  return { replica, url: `${await replica.http.listen('127.0.0.1:0')}/v1/sessions/${log.session}` }
}

async function read(url: string, headers: Record<string, string> = {}): Promise<SseReader> {
  const reader = await openStream(url, headers)
  readers.push(reader)
  return reader
}

const from = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, index) => first + index)

test('a reader gets what happened, then what happens, each event once and whole', async () => {
  const { replica, url } = await serve()
  const before = await log.commit(turnEvents(log, 'Hello', ['Hi ', 'there']))
  const reader = await read(`${url}/sse`)
  expect(reader.response.headers['content-type']).toContain('text/event-stream')
  await reader.events(before.length)
  expect(reader.frames[0]).toMatchObject({ event: 'connected', data: '{"status":"connected"}' })

  const during = await log.commit(turnEvents(log, 'Again', ['Yes']))
  replica.feed.publish(during)
  const frames = await reader.events(before.length + during.length)
  expect(sequencesOf(frames)).toEqual(from(1, before.length + during.length))
  expect(frames[0]).toMatchObject({ event: 'input.message', id: wireEventId((before[0] as { id: string }).id), retry: '100' })
  const deltas = frames.filter((frame) => frame.event === 'output.message.delta')
  expect(deltas.map((frame) => JSON.parse(frame.data ?? '').data.accumulated)).toEqual(['Hi ', 'Hi there', 'Yes'])
})

test('a reader resumes after its cursor, in the query or in Last-Event-ID, on both addresses', async () => {
  const { url } = await serve()
  const events = await log.commit(turnEvents(log, 'Hello', ['a', 'b']))
  const fifth = wireEventId((events[4] as { id: string }).id)
  const last = wireEventId((events.at(-1) as { id: string }).id)
  const byQuery = await read(`${url}/sse?since_id=${fifth}`)
  const byHeader = await read(`${url}/events/stream?since_id=${fifth}`, { 'last-event-id': last })
  expect(sequencesOf(await byQuery.events(events.length - 5))).toEqual(from(6, events.length))
  await log.commit([log.next('session.title.updated', { title: 'x' })])
  expect(sequencesOf(await byHeader.events(1))).toEqual([events.length + 1])
})

test('a well-formed cursor that nobody knows is never refused', async () => {
  const { url } = await serve()
  await log.commit(turnEvents(log, 'Hello', ['a']))
  for (const id of [eventId(4_294_967_295), newId(), '00000000-0000-0000-0000-000000000000']) {
    expect((await read(`${url}/sse?since_id=${toWire('event', id)}`)).response.statusCode).toBe(200)
  }
})

test('filters narrow what is sent, and the cursor moves on all the same', async () => {
  const { replica, url } = await serve()
  await log.commit(turnEvents(log, 'Hello', ['a', 'b']))
  const reader = await read(
    `${url}/sse?types=turn.started&types=turn.completed&types=output.message.delta&exclude=output.message.delta`,
  )
  await reader.events(2)
  replica.feed.publish(await log.commit(turnEvents(log, 'Again', ['c'])))
  const frames = await reader.events(4)
  expect(frames.map((frame) => frame.event)).toEqual(['turn.started', 'turn.completed', 'turn.started', 'turn.completed'])
})

test('a batch that does not continue a cursor is read from the log instead', async () => {
  const { replica, url } = await serve({ deaf: true, pollMs: 60_000 })
  const reader = await read(`${url}/sse`)
  await reader.frame((frame) => frame.event === 'connected')
  const lost = await log.commit([log.next('session.title.updated', { title: 'a' })])
  const fed = await log.commit([
    log.next('session.title.updated', { title: 'b' }),
    log.next('session.title.updated', { title: 'c' }),
  ])
  replica.feed.publish(fed)
  expect(sequencesOf(await reader.events(lost.length + fed.length))).toEqual([1, 2, 3])
})

test('another replica is told, and where the hint is lost its own look finds the events', async () => {
  const writer = await serve()
  const listening = await serve({ pollMs: 60_000 })
  const deaf = await serve({ deaf: true, pollMs: 50 })
  const readersElsewhere = [await read(`${listening.url}/sse`), await read(`${deaf.url}/sse`)]
  for (const reader of readersElsewhere) await reader.frame((frame) => frame.event === 'connected')
  const events = await log.commit(turnEvents(log, 'Hello', ['a', 'b', 'c']))
  writer.replica.feed.publish(events)
  for (const reader of readersElsewhere) expect(sequencesOf(await reader.events(events.length))).toEqual(from(1, events.length))
})

test('many readers at different places get the same log in order', async () => {
  const { replica, url } = await serve()
  const first = await log.commit(
    Array.from({ length: 600 }, (_, index) => log.next('session.title.updated', { title: `${index}` })),
  )
  const open = Array.from({ length: 12 }, (_, index) => {
    const event = first[index * 50]
    return read(index === 0 ? `${url}/sse` : `${url}/sse?since_id=${wireEventId(event?.id ?? '')}`)
  })
  const all = await Promise.all(open)
  for (let round = 0; round < 20; round += 1)
    replica.feed.publish(await log.commit([log.next('session.title.updated', { title: 'live' })]))
  for (const [index, reader] of all.entries()) {
    const begin = index === 0 ? 1 : index * 50 + 2
    expect(sequencesOf(await reader.events(620 - begin + 1))).toEqual(from(begin, 620))
  }
})

test('silence is broken by heartbeats', async () => {
  const { url } = await serve({ streams: { heartbeatMs: 40 } })
  const reader = await read(`${url}/sse`)
  expect(await reader.frame((frame) => frame.comment !== undefined)).toMatchObject({ comment: 'heartbeat' })
})

test('a stream is cycled: the last word comes apart from the last event, then the socket closes', async () => {
  const { replica, url } = await serve({ streams: { cycleMs: 300 } })
  const reader = await read(`${url}/sse`)
  await reader.frame((frame) => frame.event === 'connected')
  let publishing = true
  const published = (async () => {
    while (publishing) replica.feed.publish(await log.commit([log.next('session.title.updated', { title: 'x' })]))
  })()
  const goodbye = await reader.frame((frame) => frame.event === 'disconnecting')
  publishing = false
  await published
  expect(JSON.parse(goodbye.data ?? '')).toEqual({ reason: 'connection_cycle', retry_ms: 100 })
  await reader.ended
  const events = reader.frames.filter((frame) => frame.id)
  expect(events.length).toBeGreaterThan(0)
  expect(goodbye.at - (events.at(-1)?.at ?? 0)).toBeGreaterThan(50)
})

test('on shutdown every reader is told and let go', async () => {
  const { replica, url } = await serve()
  const open = await Promise.all([read(`${url}/sse`), read(`${url}/sse`)])
  await Promise.all(open.map((reader) => reader.frame((frame) => frame.event === 'connected')))
  await replica.http.close()
  for (const reader of open) {
    await reader.ended
    expect(reader.frames.at(-1)?.data).toContain('shutdown')
  }
})

test('over a limit a stream is refused, and a place that is left is free again', async () => {
  const { url } = await serve({ streams: { maxPerSession: 2 } })
  const first = await read(`${url}/sse`)
  await read(`${url}/sse`)
  const refused = await read(`${url}/sse`)
  expect(refused.response.statusCode).toBe(429)
  expect(refused.response.headers['retry-after']).toBe('5')
  expect(refused.response.headers['content-type']).toContain('application/problem+json')
  first.close()
  await expect.poll(async () => (await read(`${url}/sse`)).response.statusCode).toBe(200)
})

test('a reader that takes nothing is cut off without being buffered, and can resume', async () => {
  const { replica, url } = await serve()
  const slow = await read(`${url}/sse`)
  await slow.frame((frame) => frame.event === 'connected')
  slow.response.pause()
  const big = 'x'.repeat(512 * 1024)
  let closed = false
  slow.response.socket.once('close', () => {
    closed = true
  })
  slow.response.socket.on('end', () => {
    closed = true
  })
  for (let round = 0; round < 24; round += 1) {
    replica.feed.publish(await log.commit([log.next('session.title.updated', { title: big })]))
    await new Promise((resolve) => setImmediate(resolve))
  }
  slow.response.resume()
  await slow.ended
  expect(closed).toBe(true)
  const seen = sequencesOf(slow.frames)
  expect(seen).toEqual(from(1, seen.length))
  expect(seen.length).toBeLessThan(24)
  const again = await read(`${url}/sse?since_id=${slow.frames.filter((frame) => frame.id).at(-1)?.id ?? ''}`)
  expect(sequencesOf(await again.events(24 - seen.length))).toEqual(from(seen.length + 1, 24))
})

test('a slow reader of a long log is waited for, not cut off', async () => {
  const { url } = await serve()
  const big = 'x'.repeat(256 * 1024)
  await log.commit(Array.from({ length: 40 }, () => log.next('session.title.updated', { title: big })))
  const slow = await read(`${url}/sse`)
  slow.response.pause()
  await log.commit([log.next('session.title.updated', { title: 'the last' })])
  slow.response.resume()
  expect(sequencesOf(await slow.events(41))).toEqual(from(1, 41))
})

test('the stream of a session that is deleted ends', async () => {
  const { url } = await serve({ pollMs: 50 })
  const reader = await read(`${url}/sse`)
  await reader.frame((frame) => frame.event === 'connected')
  await log.db.engine.deleteFrom('session_heads').where('session_id', '=', log.sessionId).execute()
  await reader.ended
  expect(reader.frames.at(-1)?.event).toBe('disconnecting')
})

test.each([
  ['types=nothing.known', 400],
  ['since_id=nonsense', 400],
  ['since_id=event_zz', 400],
])('before the stream, %s is refused as a problem', async (query, status) => {
  const { url } = await serve()
  expect((await read(`${url}/sse?${query}`)).response.statusCode).toBe(status)
})
