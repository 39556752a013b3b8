import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/support/cluster.ts'
import { HandWorker } from '../../test/support/counting.ts'
import { openStream, type SseReader } from '../../test/support/sse.ts'
import { builtInCapabilities } from '../capabilities/index.ts'
import { type RunningServer, startServer } from './server.ts'
import { readSettings } from './settings.ts'

let database: Awaited<ReturnType<typeof freshDatabase>>
let server: RunningServer
let url: string
beforeAll(async () => {
  database = await freshDatabase()
  const { settings } = readSettings({
    HTTP_ADDR: '127.0.0.1:0',
    SERVER_GRPC_BIND_ADDR: '127.0.0.1:0',
    SSE_MONITORING_CYCLE_SECS: '3',
  })
  const log = pino({ level: 'silent' })
  server = await startServer({ settings: { ...settings, DATABASE_URL: database.url }, capabilities: builtInCapabilities, log })
  url = server.urls[0] ?? ''
})
afterAll(async () => {
  await server.close()
  await database.drop()
})

const snapshotsOf = (reader: SseReader) =>
  reader.frames.filter(({ event }) => event === 'snapshot').map(({ data }) => JSON.parse(data ?? ''))

describe('/metrics', () => {
  test('shows the figures of the deployment, of this process and of what came in', async () => {
    await fetch(`${url}/api/v1/agents?limit=1`)
    await fetch(`${url}/v1/sessions/session_00000000000000000000000000000000`)
    const response = await fetch(`${url}/metrics`)
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    const lines = (await response.text()).split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        'everruns_workflows_running 0',
        'everruns_tasks_pending 0',
        'everruns_workers_active 0',
        'everruns_load_ratio 0',
        'everruns_dlq_size 0',
        'everruns_zombie_workflows 0',
        'everruns_engine_queue_depth 0',
        'everruns_database_pool_max_size{pool="engine"} 8',
        'everruns_http_requests_total{method="GET",route="/v1/agents",status="200"} 1',
        'everruns_http_requests_total{method="GET",route="/v1/sessions/:session_id",status="404"} 1',
        'everruns_http_request_duration_seconds_count{method="GET",route="/v1/agents"} 1',
        'everruns_commands_total{command="get_session",outcome="not_found"} 1',
      ]),
    )
  })
})

describe('/v1/durable/sse', () => {
  test('shows the deployment as it is, and again when something changed', async () => {
    const reader = await openStream(`${url}/v1/durable/sse`)
    await reader.frame(() => snapshotsOf(reader).length > 0)
    expect(reader.frames[0]).toMatchObject({ event: 'connected' })
    const counted = 'everruns_http_requests_total{method="GET",route="/v1/durable/sse",status="200"} 1'
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(counted)
    const [first] = snapshotsOf(reader)
    expect(first.health).toMatchObject({ status: 'healthy', total_workers: 0 })
    expect(first.metrics_history).toMatchObject({ resolution_seconds: 10 })

    const worker = new HandWorker()
    worker.connect(server.controlPlane, 2)
    await reader.frame(() => snapshotsOf(reader).some(({ health }) => health.active_workers === 1))
    expect(reader.frames.filter(({ event }) => event === 'snapshot').map(({ retry }) => retry)).toEqual(['1000', '1000'])
    expect(snapshotsOf(reader).at(-1).workers.data).toMatchObject([{ id: worker.incarnation, max_concurrency: 2 }])
    worker.cut()
    const last = await reader.frame(({ event }) => event === 'disconnecting')
    expect(JSON.parse(last.data ?? '')).toEqual({ reason: 'connection_cycle', retry_ms: 1_000 })
    await reader.ended
  })

  test('of a workflow that does not exist is refused', async () => {
    const response = await fetch(`${url}/v1/durable/workflows/01a201cd-cb97-7035-9679-2c40483f30d6/sse`)
    expect(response.status).toBe(404)
  })
})
