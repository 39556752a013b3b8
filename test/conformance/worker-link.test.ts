// The way to a control plane: encrypted where certificates are set, and to another one when the first is gone.
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import type { GrpcOptions } from '../../src/server/grpc.ts'
import { serverTls, workerTls } from '../../src/start/pem.ts'
import { readSettings } from '../../src/start/settings.ts'
import { grpcControlPlane, severalControlPlanes, startWorkerLoop } from '../../src/worker/index.ts'
import { assignmentOf } from '../support/control-plane.ts'
import { helloOf, type ServedControlPlane, servedControlPlane } from '../support/grpc-door.ts'

const log = pino({ level: 'silent' })
let cleanup: (() => unknown)[] = []
afterEach(async () => {
  for (const undo of cleanup.reverse()) await undo()
  cleanup = []
})

/** Of an authority made for tests, valid for a hundred years: `server.test` and `worker.test`. */
const file = (name: string): string => fileURLToPath(new URL(`../support/tls/${name}`, import.meta.url))

async function served(given: Partial<GrpcOptions> = {}): Promise<ServedControlPlane> {
  const one = await servedControlPlane(given)
  cleanup.push(() => one.door.close(100))
  return one
}

const hello = helloOf()

const own = {
  WORKER_GRPC_TLS_CERT: file('worker.pem'),
  WORKER_GRPC_TLS_KEY: file('worker.key.pem'),
  WORKER_GRPC_TLS_CA_CERT: file('ca.pem'),
  WORKER_GRPC_TLS_DOMAIN: 'server.test',
}

/** A server with a certificate that demands one, and a worker with these settings. */
async function encrypted(env: Record<string, string>) {
  const tls = await serverTls(
    readSettings({ ...own, WORKER_GRPC_TLS_CERT: file('server.pem'), WORKER_GRPC_TLS_KEY: file('server.key.pem') }).settings,
  )
  const { door, controlPlane } = await served({ tls })
  const remote = grpcControlPlane({
    address: `127.0.0.1:${door.port}`,
    token: 'secret',
    tls: await workerTls(readSettings(env).settings),
  })
  cleanup.push(() => remote.close())
  const closed = new Promise<string>((resolve) => remote.open(hello, { receive: () => {}, closed: resolve }))
  return { controlPlane, closed }
}

test('with certificates on both sides the stream opens', async () => {
  const { controlPlane } = await encrypted(own)
  expect((await controlPlane.stream()).hello.name).toBe('remote')
})

test.each([
  ['none', { ...own, WORKER_GRPC_TLS_CERT: '', WORKER_GRPC_TLS_KEY: '' }],
  ['one of another authority', { ...own, WORKER_GRPC_TLS_CA_CERT: file('stranger.pem') }],
  ['the wrong name', { ...own, WORKER_GRPC_TLS_DOMAIN: 'other.test' }],
  ['no encryption at all', {}],
])('with %s it does not', async (_what, env) => {
  const { controlPlane, closed } = await encrypted(env)
  expect(await closed).toBeTruthy()
  expect(controlPlane.latest).toBeUndefined()
})

test('a certificate that cannot be read is named before anything starts', async () => {
  const { settings } = readSettings({ ...own, WORKER_GRPC_TLS_CERT: '/nowhere.pem' })
  await expect(workerTls(settings)).rejects.toThrow('WORKER_GRPC_TLS_CERT (/nowhere.pem) cannot be read (ENOENT).')
})

test('of two control planes a worker uses one, and the other when that is gone', async () => {
  const doors = [await served(), await served()]
  const planes = doors.map(({ door }) => grpcControlPlane({ address: `127.0.0.1:${door.port}`, token: 'secret' }))
  cleanup.push(...planes.map((plane) => () => plane.close()))
  const loop = startWorkerLoop({
    controlPlane: severalControlPlanes(planes, { random: () => 0 }),
    steps: { work: async ({ key }) => ({ kind: 'finish', value: key }) },
    capacity: 2,
    name: 'remote',
    group: null,
    version: '1',
    inProcess: false,
    log,
    incarnation: hello.incarnation,
  })
  cleanup.push(() => loop.stop({ graceMs: 0 }))
  const [first, second] = doors
  const before = await first?.controlPlane.stream()
  before?.welcome()
  await before?.next('credit')
  expect(second?.controlPlane.latest).toBeUndefined()

  await first?.door.close(0)
  const after = await second?.controlPlane.stream()
  expect(after?.hello.incarnation).toBe(hello.incarnation)
  after?.welcome()
  await after?.next('credit')
  after?.assign(assignmentOf({ key: 'there' }))
  expect((await after?.next('finish'))?.value).toBe('there')
})
