// A provider that fails, seen from the door: a control plane and a worker with the simulated model.
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase } from '../../test/support/cluster.ts'
import { openStream, type SseReader } from '../../test/support/sse.ts'
import { builtInCapabilities } from '../capabilities/index.ts'
import { defaultOrgId } from '../contract/ids.ts'
import { connect, type Db } from '../db/connect.ts'
import { type RunningServer, startServer } from './server.ts'
import { readSettings } from './settings.ts'
import { type RunningWorker, startWorker } from './worker.ts'

let database: Awaited<ReturnType<typeof freshDatabase>>
let server: RunningServer
let worker: RunningWorker
let db: Db
let api: string
beforeAll(async () => {
  database = await freshDatabase()
  db = connect({ url: database.url })
  const ports = { HTTP_ADDR: '127.0.0.1:0', SERVER_GRPC_BIND_ADDR: '127.0.0.1:0', DURABLE_POLL_MS: '50' }
  const settings = { ...readSettings(ports).settings, DATABASE_URL: database.url }
  const log = pino({ level: 'silent' })
  const parts = { settings, capabilities: builtInCapabilities, log }
  server = await startServer(parts)
  worker = await startWorker({ ...parts, controlPlane: server.controlPlane })
  api = `${server.urls[0]}/v1`
})
afterAll(async () => {
  await worker.stop()
  await server.close()
  await db.close()
  await database.drop()
})

// biome-ignore lint/suspicious/noExplicitAny: an answer is looked at freely here
const post = async (path: string, body: unknown = {}): Promise<any> => {
  const response = await fetch(`${api}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return response.json()
}

/** Asks in a session of its own; the reader sees what becomes of it. */
async function ask(text: string): Promise<SseReader> {
  const { id } = await post('/sessions', {})
  await post(`/sessions/${id}/messages`, { message: { content: [{ type: 'text', text }] } })
  return openStream(`${api}/sessions/${id}/sse`)
}

const ended = async (reader: SseReader) => {
  const end = await reader.frame(({ event }) => event === 'turn.completed' || event === 'turn.failed')
  reader.close()
  return JSON.parse(end.data ?? '')
}

const circuits = async (): Promise<{ key: string; state: string }[]> => {
  const response = await fetch(`${api}/durable/circuit-breakers`)
  const { data } = (await response.json()) as { data: { key: string; state: string }[] }
  return data
}
const circuit = async () => (await circuits())[0] ?? { key: '', state: '' }
const tasks = () => db.engine.selectFrom('tasks').selectAll().orderBy('created_at', 'desc')
/** The clock is the database's: a time comes when its row says so. */
const timeHasCome = () => db.enginePool.query(`update tasks set visible_at = clock_timestamp() where status = 'pending'`)
/** The control plane has looked. */
const mayBeCalled = (key: string, callable: boolean) =>
  expect
    .poll(
      async () => {
        await server.engine.breakers.refresh()
        return server.engine.breakers.waitMs(defaultOrgId, key) === null
      },
      { timeout: 5_000 },
    )
    .toBe(callable)
const postponed = (times: number) =>
  expect.poll(async () => (await tasks().executeTakeFirstOrThrow()).postponed, { timeout: 5_000 }).toBe(times)

test('a provider that fails five times is not called, then tried again, and turns wait for it', async () => {
  for (let n = 0; n < 5; n += 1) {
    const { type, data } = await ended(await ask('/sim {"turns": [{"error": "Overloaded"}]}'))
    expect([type, data.error_code]).toEqual(['turn.failed', 'provider_unavailable'])
  }
  await expect.poll(circuits).toMatchObject([{ key: expect.stringMatching(/^llm:provider_[0-9a-f]{32}$/), state: 'open' }])
  const { key } = await circuit()

  const waiting = await ask('Reply with exactly: back again')
  await postponed(1)
  await db.enginePool.query(`update circuit_breakers set half_open_at = clock_timestamp()`)
  expect((await circuit()).state).toBe('half_open')
  await mayBeCalled(key, true)
  await timeHasCome()
  expect((await ended(waiting)).type).toBe('turn.completed')
  expect(await tasks().executeTakeFirst()).toMatchObject({ status: 'completed', failures: 0 })

  expect((await ended(await ask('Hello'))).type).toBe('turn.completed')
  await expect.poll(async () => (await circuit()).state).toBe('closed')
  expect((await post(`/durable/circuit-breakers/${encodeURIComponent(key)}/open`)).state).toBe('open')
})

test('a turn that has waited twice ends with a sentence', async () => {
  await db.enginePool.query(`update circuit_breakers set state = 'open', half_open_at = clock_timestamp() + interval '1 hour'`)
  await mayBeCalled((await circuit()).key, false)
  const reader = await ask('Hello')
  await postponed(1)
  await timeHasCome()
  await postponed(2)
  await timeHasCome()
  const { type, data } = await ended(reader)
  expect([type, data.error_code]).toEqual(['turn.failed', 'provider_unavailable'])
})
