// Stopping and starting again, on purpose: nothing is lost, nothing is paid for twice.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { expect, test } from 'vitest'
import { builtInCapabilities } from '../../src/capabilities/index.ts'
import { startDev } from '../../src/start/dev.ts'
import { startServer } from '../../src/start/server.ts'
import { readSettings } from '../../src/start/settings.ts'
import { startWorker } from '../../src/start/worker.ts'
import { freshDatabase } from '../support/cluster.ts'
import { Visitor } from './visitor.ts'

const anyPorts = { HTTP_ADDR: '127.0.0.1:0', FRONT_ADDR: '127.0.0.1:0', SERVER_GRPC_BIND_ADDR: '127.0.0.1:0' }
const log = pino({ level: process.env.TEST_LOG ?? 'silent' })

test('the all-in-one is stopped and started again: a waiting turn still waits, and what was said is remembered', async () => {
  const home = await mkdtemp(join(tmpdir(), 'everruns-journey-'))
  const { settings } = readSettings({ ...anyPorts, EVERRUNS_HOME: home })
  const first = await startDev(settings, log)
  const tool = { type: 'client_side', name: 'ask_user', description: 'Asks.', parameters: { type: 'object', properties: {} } }
  const before = await new Visitor(first.urls[0] ?? '').openSession({ tools: [tool] })
  await before.ask('PUT', '/storage/secrets', { secrets: { TOKEN: 'hush' } })
  await before.say('code word: cobalt')
  await before.event('session.idled')
  await before.script([{ tool_calls: [{ name: 'ask_user', arguments: {} }] }, 'They said {{tool_result}}'])
  const { data } = await before.event('tool.call_requested')
  const logBefore = await before.log()
  await first.close()

  const second = await startDev(settings, log)
  const after = await new Visitor(second.urls[0] ?? '').goOn(before)
  expect(await after.log()).toEqual(logBefore)
  expect(await after.status()).toBe('waiting_for_tool_results')
  await after.ask('POST', '/tool-results', { tool_results: [{ tool_call_id: data.tool_calls[0].id, result: 'yes' }] })
  await after.event('session.idled', 2)
  expect((await after.said()).at(-1)).toBe('agent: They said yes')
  await after.say('What is the code word?')
  await after.event('session.idled', 3)
  expect((await after.said()).at(-1)).toBe('agent: The code word is cobalt.')
  await after.script([
    { tool_calls: [{ name: 'secret_store', arguments: { operation: 'get', name: 'TOKEN' } }] },
    '{{tool_result}}',
  ])
  await after.event('session.idled', 4)
  expect((await after.said()).at(-1)).toContain('hush')
  await second.close()
  await rm(home, { recursive: true })
}, 60_000)

test('a control plane that is stopped and started beside a living worker does not have the model called again', async () => {
  const database = await freshDatabase()
  const set = { ...anyPorts, DATABASE_URL: database.url, DURABLE_GRACE_MS: '0' }
  const start = (more: Record<string, string> = {}) => {
    const { settings } = readSettings({ ...set, ...more })
    return startServer({ settings: { ...settings, DATABASE_URL: database.url }, capabilities: builtInCapabilities, log })
  }
  const first = await start()
  const SERVER_GRPC_ADDRESS = `127.0.0.1:${first.grpcPort}`
  const { settings } = readSettings({ ...set, SERVER_GRPC_ADDRESS })
  const worker = await startWorker({ settings, capabilities: builtInCapabilities, log })
  const before = await new Visitor(first.urls[0] ?? '').openSession()
  await before.script([{ text: 'word '.repeat(200), token_ms: 10 }])
  await before.event('output.message.delta', 2)
  await first.close()

  const second = await start({ SERVER_GRPC_BIND_ADDR: SERVER_GRPC_ADDRESS })
  const after = await new Visitor(second.urls[0] ?? '').goOn(before)
  await after.event('session.idled')
  const types = await after.types()
  expect(types.filter((type) => type === 'reason.started' || type === 'reason.recovered')).toEqual(['reason.started'])
  expect((await after.said()).at(-1)).toBe(`agent: ${'word '.repeat(200)}`)
  await worker.stop()
  await second.close()
  await database.drop()
})
