import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import type { Assignment, Link } from '../../src/contract/control-plane.ts'
import { draft } from '../../src/contract/events/index.ts'
import * as Wire from '../../src/contract/gen/worker.ts'
import { newId } from '../../src/contract/ids.ts'
import { Problem } from '../../src/contract/problem.ts'
import { controlFromWire, controlToWire, workerFromWire } from '../../src/contract/worker-wire.ts'
import type { TaskRef } from '../../src/contract/workflow.ts'
import { type GrpcOptions, serveGrpc } from '../../src/server/grpc.ts'
import { type GrpcControlPlane, grpcControlPlane, startWorkerLoop } from '../../src/worker/index.ts'
import { Network } from '../faults/harness/proxy.ts'
import { assignmentOf, ScriptedControlPlane } from '../support/control-plane.ts'
import { helloOf, type ServedControlPlane, servedControlPlane } from '../support/grpc-door.ts'

const log = pino({ level: 'silent' })
let cleanup: (() => unknown)[] = []
afterEach(async () => {
  for (const undo of cleanup.reverse()) await undo()
  cleanup = []
})

async function served(given: Partial<GrpcOptions> = {}): Promise<ServedControlPlane> {
  const one = await servedControlPlane(given)
  cleanup.push(() => one.door.close(100))
  return one
}

function client(port: number, token: string | null = 'secret'): GrpcControlPlane {
  const remote = grpcControlPlane({ address: `127.0.0.1:${port}`, token })
  cleanup.push(() => remote.close())
  return remote
}

/** A bare link, and what comes back on it. */
function linked(remote: GrpcControlPlane, greeting = helloOf()): { link: Link; closed: Promise<string>; received: unknown[] } {
  const received: unknown[] = []
  let link: Link | undefined
  const closed = new Promise<string>((resolve) => {
    link = remote.open(greeting, { receive: (message) => received.push(message), closed: resolve })
  })
  if (!link) throw new Error('no link')
  return { link, closed, received }
}

test('a hello arrives as it was sent, save that it is remote', async () => {
  const { door, controlPlane } = await served()
  const greeting = helloOf({ group: 'gpu', inProcess: true, running: [{ id: newId(), attempt: 3 }] })
  linked(client(door.port), greeting)
  expect((await controlPlane.stream()).hello).toEqual({ ...greeting, inProcess: false })
})

test('a stream whose worker does not answer any more, and does not end it either, ends for the control plane', async () => {
  const { door, controlPlane } = await served({ keepaliveTimeoutMs: 50 })
  const network = await Network.open({ host: '127.0.0.1', port: door.port })
  cleanup.push(() => network.close())
  linked(client(Number(network.address.split(':')[1])))
  const stream = await controlPlane.stream()
  network.set({ kind: 'silent' })
  await stream.closed
})

test('a worker has stopped once its goodbye has arrived: the process may end then', async () => {
  const { door, controlPlane } = await served()
  const options = { name: 'w', group: null, capacity: 1, inProcess: false, version: '1', steps: {}, incarnation: newId(), log }
  const loop = startWorkerLoop({ controlPlane: client(door.port), ...options })
  const stream = await controlPlane.stream()
  stream.welcome()
  await stream.next('credit')
  await loop.stop({ graceMs: 0 })
  expect(stream.messages.at(-1)).toEqual({ kind: 'goodbye' })
})

test('every kind of message goes through unchanged, both ways', async () => {
  const { door, controlPlane } = await served()
  const { link, received } = linked(client(door.port))
  const stream = await controlPlane.stream()
  stream.endsAtGoodbye = false
  const task = { id: newId(), attempt: 2 }
  const events = [draft('tool.progress', { tool_call_id: 'c', tool_name: 't', message: '✓ "quoted"' }, 17)]
  const effects = [
    { store: 'files', key: '/a', base: null, write: { content: 'x' } },
    { store: 'files', key: '/b', base: '7', write: null },
    { store: 'values', key: 'k', base: '8' },
    { store: 'contents', key: 'h', write: { body: [1.5, 9007199254740991] } },
  ]
  const sent = [
    { kind: 'credit', slots: 3 },
    { kind: 'beat', running: [task], accepting: false },
    { kind: 'emit', task, number: 1, chars: 5, events },
    { kind: 'begin', task, events },
    { kind: 'finish', task, value: { deep: [null, true] }, events, effects, wantsNext: true },
    { kind: 'finish', task, value: null, events: [], effects: [], wantsNext: false },
    { kind: 'fail', task, error: 'no', retryable: true, retryAfterMs: 10 },
    { kind: 'finish', task, value: 1, events: [], effects: [], wantsNext: true, services: [{ key: 'llm:a', ok: true }] },
    { kind: 'finish', task, value: 1, events: [], effects: [], wantsNext: true, emits: 3 },
    { kind: 'fail', task, error: 'no', retryable: false },
    { kind: 'fail', task, error: 'no', retryable: true, services: [{ key: 'llm:a', ok: false }] },
    { kind: 'release', tasks: [task] },
    { kind: 'release', tasks: [task], afterMs: 30_000 },
    { kind: 'goodbye' },
  ] as const
  for (const message of sent) link.send(structuredClone(message) as Parameters<Link['send']>[0])
  await stream.next('goodbye')
  expect(stream.messages).toEqual(sent)

  const assignment = assignmentOf({ input: { call: { id: 'c' } }, context: '{"π":1}', class: 'keyed', recovered: true })
  const replies = [
    { kind: 'welcome', epoch: 2, beatMs: 5, leaseMs: 15 },
    { kind: 'task', assignment },
    { kind: 'emitted', task, number: 4 },
    { kind: 'begun', task },
    { kind: 'finished', task, next: [assignment] },
    { kind: 'finished', task, next: [] },
    { kind: 'stop', task, why: 'cancelled' },
    { kind: 'drain' },
    { kind: 'resume' },
  ] as const
  for (const message of replies) stream.say(structuredClone(message) as Parameters<typeof stream.say>[0])
  await expect.poll(() => received.length).toBe(replies.length)
  expect(received).toEqual(replies)
})

test('what only a newer release says is passed over, and an effect class that only it knows is treated with most care', () => {
  // Field 60, one byte long: nobody knows it yet.
  const unknown = Buffer.from([0xe2, 0x03, 0x01, 0x00])
  expect(workerFromWire(Wire.WorkerMessage.decode(unknown))).toBeNull()
  expect(controlFromWire(Wire.ControlMessage.decode(unknown))).toBeNull()
  const { body } = controlToWire({ kind: 'task', assignment: assignmentOf({}) })
  if (body?.$case !== 'task') throw new Error('no task')
  const newer = { body: { ...body, value: { ...body.value, class: 'twice_at_most' } } }
  const read = Wire.ControlMessage.decode(Buffer.concat([Wire.ControlMessage.encode(newer).finish(), unknown]))
  expect(controlFromWire(read)).toMatchObject({ kind: 'task', assignment: { class: 'at_most_once' } })
})

test('200 assignments run and finish over one stream', async () => {
  const { door, controlPlane } = await served()
  const loop = startWorkerLoop({
    controlPlane: client(door.port),
    steps: { work: async ({ key }) => ({ kind: 'finish', value: key }) },
    capacity: 50,
    name: 'remote',
    group: null,
    version: '1',
    inProcess: false,
    log,
    incarnation: newId(),
  })
  const stream = await controlPlane.stream()
  stream.welcome()
  await stream.next('credit')
  const todo = Array.from({ length: 200 }, (_, n) => assignmentOf({ key: `step-${n}` }))
  const rest = todo.slice(50)
  for (const assignment of todo.slice(0, 50)) stream.assign(assignment)
  const values: unknown[] = []
  for (const _ of todo) {
    const finish = await stream.next('finish')
    values.push(finish.value)
    stream.stored(finish.task, rest.splice(0, 1))
  }
  expect(values.sort()).toEqual(todo.map(({ key }) => key).sort())
  await loop.stop({ graceMs: 0 })
  await stream.closed
  expect(stream.messages.at(-1)).toEqual({ kind: 'goodbye' })
})

test('megabytes of events and context pass, in order, however slowly they are stored', async () => {
  const { door, controlPlane } = await served()
  const { link, received } = linked(client(door.port))
  const stream = await controlPlane.stream()
  const task = { id: newId(), attempt: 1 }
  const message = 'x'.repeat(100_000)
  const events = [draft('tool.progress', { tool_call_id: 'c', tool_name: 't', message })]
  for (let number = 1; number <= 100; number += 1) link.send({ kind: 'emit', task, number, chars: 0, events })
  link.send({ kind: 'finish', task, value: 'y'.repeat(20_000_000), events: [], effects: [], wantsNext: false })
  // The window is full after ten or so: what follows only comes as emits are acknowledged.
  for (let number = 1; number <= 100; number += 1) {
    expect((await stream.next('emit')).number).toBe(number)
    stream.say({ kind: 'emitted', task, number })
  }
  expect(String((await stream.next('finish')).value).length).toBe(20_000_000)
  stream.assign(assignmentOf({ context: 'z'.repeat(20_000_000) }))
  await expect.poll(() => received.length, { timeout: 10_000 }).toBe(101)
})

test('reading stops while too many emits wait to be stored', async () => {
  const { door, controlPlane } = await served()
  const { link } = linked(client(door.port))
  const stream = await controlPlane.stream()
  const task = { id: newId(), attempt: 1 }
  const events = [draft('tool.progress', { tool_call_id: 'c', tool_name: 't', message: 'x'.repeat(500_000) })]
  for (let number = 1; number <= 20; number += 1) link.send({ kind: 'emit', task, number, chars: 0, events })
  await stream.next('emit', ({ number }) => number === 2)
  // A unary call goes round the stream: when it is back, the stream had every chance to deliver more.
  controlPlane.answer = () => null
  await client(door.port).call(task, newId(), 'ping', null)
  expect(stream.of('emit').length).toBeLessThan(10)
  stream.say({ kind: 'stop', task, why: 'lost' })
  await stream.next('emit', ({ number }) => number === 4)
})

test('an assignment too large to travel fails instead of being sent for ever', async () => {
  const { door, controlPlane } = await served()
  const { received } = linked(client(door.port))
  const stream = await controlPlane.stream()
  const [huge, finished] = [assignmentOf({ context: 'z'.repeat(33 * 1024 * 1024) }), { id: newId(), attempt: 1 }]
  stream.say({ kind: 'finished', task: finished, next: [huge] })
  expect(await stream.next('fail')).toMatchObject({ task: huge.task, retryable: false })
  await expect.poll(() => received).toEqual([{ kind: 'finished', task: finished, next: [] }])
})

test('a result too large to travel fails its step and leaves the stream to the others', async () => {
  const { door, controlPlane } = await served()
  const { link } = linked(client(door.port))
  const stream = await controlPlane.stream()
  const [large, well] = [
    { id: newId(), attempt: 1 },
    { id: newId(), attempt: 1 },
  ]
  const says = (task: TaskRef, value: string) =>
    link.send({ kind: 'finish', task, value, events: [], effects: [], wantsNext: false })
  says(large, 'z'.repeat(33 * 1024 * 1024))
  says(well, 'well')
  expect(await stream.next('fail')).toMatchObject({ task: large, retryable: false })
  expect(await stream.next('finish')).toMatchObject({ task: well, value: 'well' })
})

test('a wrong or missing token is refused, on the stream and for calls', async () => {
  const { door } = await served()
  const task = { id: newId(), attempt: 1 }
  for (const token of ['wrong', null]) {
    const remote = client(door.port, token)
    expect(await linked(remote).closed).toContain('token')
    await expect(remote.call(task, newId(), 'anything', {})).rejects.toMatchObject({ kind: 'unauthorized' })
  }
})

test('it does not listen beyond loopback without a token', async () => {
  const options = { controlPlane: new ScriptedControlPlane(), token: null, log }
  for (const bind of ['0.0.0.0:0', '[::]:0', 'example.com:0', '128.0.0.1:0']) {
    await expect(serveGrpc({ ...options, bind })).rejects.toThrow('WORKER_GRPC_AUTH_TOKEN')
  }
  const door = await serveGrpc({ ...options, bind: '127.0.0.1:0' })
  await door.close()
})

test('a call brings its answer, and a Problem with all it says', async () => {
  const { door, controlPlane } = await served()
  const remote = client(door.port)
  const task = { id: newId(), attempt: 1 }
  controlPlane.answer = (operation, input) => {
    if (operation === 'echo') return { heard: input }
    if (operation === 'crash') throw new Error('a secret')
    throw new Problem('conflict', 'Taken – try “again”', { code: 'name_taken', retryAfterSeconds: 3 })
  }
  expect(await remote.call(task, newId(), 'echo', { n: [1, null] })).toEqual({ heard: { n: [1, null] } })
  await expect(remote.call(task, newId(), 'clash', {})).rejects.toMatchObject({
    kind: 'conflict',
    code: 'name_taken',
    message: 'Taken – try “again”',
    retryAfterSeconds: 3,
  })
  await expect(remote.call(task, newId(), 'crash', {})).rejects.toMatchObject({
    kind: 'internal_error',
    message: 'Internal error',
  })
})

test('an aborted call is aborted where it runs', async () => {
  const { door, controlPlane } = await served()
  const abort = new AbortController()
  const seen = new Promise<void>((resolve) => {
    controlPlane.answer = (_operation, _input, signal) =>
      new Promise(() => {
        signal?.addEventListener('abort', () => resolve())
        abort.abort()
      })
  })
  const call = client(door.port).call({ id: newId(), attempt: 1 }, newId(), 'slow', {}, abort.signal)
  await expect(call).rejects.toMatchObject({ kind: 'unavailable' })
  await seen
})

test('a worker whose control plane dies comes back with what it runs', async () => {
  const first = await served()
  let end: (value: string) => void = () => {}
  const work = () =>
    new Promise<{ kind: 'finish'; value: string }>((resolve) => (end = (value) => resolve({ kind: 'finish', value })))
  const loop = startWorkerLoop({
    controlPlane: client(first.door.port),
    steps: { work },
    capacity: 1,
    name: 'remote',
    group: null,
    version: '1',
    inProcess: false,
    log,
    incarnation: newId(),
    random: () => 0,
  })
  const stream = await first.controlPlane.stream()
  stream.welcome()
  await stream.next('credit')
  const assignment: Assignment = assignmentOf()
  stream.assign(assignment)
  await expect.poll(() => loop.running().length).toBe(1)
  await first.door.close(0)
  await stream.closed
  end('done while away')
  const second = await served({ bind: `127.0.0.1:${first.door.port}` })
  const again = await second.controlPlane.stream()
  expect(again.hello.running).toEqual([assignment.task])
  again.welcome()
  expect((await again.next('finish')).value).toBe('done while away')
  again.stored(assignment.task)
  await loop.stop({ graceMs: 0 })
})

test('the control plane can end a stream, and says why', async () => {
  const { door, controlPlane } = await served()
  const { closed } = linked(client(door.port))
  const stream = await controlPlane.stream()
  stream.cut('goodbye to you')
  expect(await closed).toContain('goodbye to you')
  await stream.closed
})
