// A message of a worker is lost although its stream lives on. What was said after it must not be taken for everything.
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HandWorker, startCounting } from '../../test/support/counting.ts'
import { type TestEngine, testEngine } from '../../test/support/engine.ts'
import type { Hello, WorkerMessage } from '../contract/control-plane.ts'
import { draft } from '../contract/events/index.ts'
import { newId, type Uuid } from '../contract/ids.ts'
import type { TaskRef } from '../contract/workflow.ts'
import { Dispatcher } from './dispatch.ts'
import { Fairness } from './fairness.ts'
import { openLink } from './link.ts'
import { Streams } from './streams.ts'

let world: TestEngine
beforeEach(async () => {
  world = await testEngine()
})
afterEach(() => world.close())

const log = pino({ level: 'silent' })
const clock = () => 0
const hello: Hello = {
  incarnation: newId(),
  name: 'by-hand',
  group: null,
  kinds: ['count'],
  capacity: 1,
  inProcess: false,
  stream: 2,
  hostname: 'test',
  version: '0',
  running: [],
}

const emit = (task: TaskRef, number: number): WorkerMessage => ({
  kind: 'emit',
  task,
  number,
  chars: 0,
  events: [draft('session.title.updated', { title: `title ${number}` })],
})
const finish = (task: TaskRef, emits: number): WorkerMessage => ({
  kind: 'finish',
  task,
  value: null,
  events: [],
  effects: [],
  wantsNext: false,
  emits,
})

async function titlesOf(head: Uuid): Promise<string[]> {
  const text = `select data ->> 'title' as title from events where session_id = $1 order by sequence`
  return (await world.db.enginePool.query<{ title: string }>(text, [head])).rows.map(({ title }) => title)
}
const numbers = (worker: HandWorker) => worker.received.flatMap((message) => (message.kind === 'emitted' ? [message.number] : []))

async function begun(): Promise<{ worker: HandWorker; head: Uuid; task: TaskRef; workflow: Uuid }> {
  const [head, worker] = [await world.head(), new HandWorker()]
  worker.connect(world.engine.controlPlane, 1)
  const workflow = await startCounting(world.engine, head, 1)
  const { task } = await worker.nthAssignment(0)
  return { worker, head, task, workflow }
}

test('an emit that skips a number ends the stream, and on the next one everything is stored in order', async () => {
  const { worker, head, task, workflow } = await begun()
  // The third is lost.
  for (const number of [1, 2, 4]) worker.send(emit(task, number))
  expect(await worker.until(() => worker.closed[0])).toContain(task.id)
  expect(numbers(worker)).toEqual([1, 2])
  expect(await titlesOf(head)).toEqual(['title 1', 'title 2'])
  worker.connect(world.engine.controlPlane, 0, [task])
  for (const number of [3, 4]) worker.send(emit(task, number))
  worker.send(finish(task, 4))
  await worker.until(() => worker.received.find(({ kind }) => kind === 'finished'))
  expect(await titlesOf(head)).toEqual(['title 1', 'title 2', 'title 3', 'title 4'])
  expect((await world.workflow(workflow)).status).toBe('completed')
})

test('a finish that comes without the last emit ends the stream, and is stored once that one is there', async () => {
  const { worker, head, task, workflow } = await begun()
  worker.send(emit(task, 1))
  worker.send(finish(task, 2))
  await worker.until(() => worker.closed[0])
  expect((await world.workflow(workflow)).status).toBe('running')
  worker.connect(world.engine.controlPlane, 0, [task])
  worker.send(emit(task, 2))
  worker.send(finish(task, 2))
  await worker.until(() => worker.received.find(({ kind }) => kind === 'finished'))
  expect(await titlesOf(head)).toEqual(['title 1', 'title 2'])
})

test('another worker that takes over counts from one', async () => {
  const { worker, task } = await begun()
  worker.send(emit(task, 1))
  await worker.until(() => numbers(worker)[0])
  worker.send({ kind: 'release', tasks: [task] })
  const again = await worker.nthAssignment(1)
  worker.send(emit(again.task, 2))
  await worker.until(() => worker.closed[0])
  worker.connect(world.engine.controlPlane, 0, [again.task])
  worker.send(emit(again.task, 1))
  await worker.until(() => numbers(worker)[1])
  expect(numbers(worker)).toEqual([1, 1])
})

test('an emit that cannot be stored fails its step and leaves the stream to the others', async () => {
  const { worker, task, workflow } = await begun()
  worker.send(emit(task, 1))
  const events = [{ type: 'session.title.updated' as const, data: 'no JSON' }]
  worker.send({ kind: 'emit', task, number: 2, chars: 0, events })
  worker.send(emit(task, 3))
  worker.send(finish(task, 3))
  await worker.until(() => worker.received.find(({ kind }) => kind === 'stop'))
  expect(await world.workflow(workflow)).toMatchObject({ status: 'completed', state: { outcomes: ['dead'] } })
  expect(worker.closed).toEqual([])
})

test('what is said about a task whose place must be looked up goes on in the order it was said', async () => {
  const task = { id: newId(), attempt: 1 }
  const looks: (() => void)[] = []
  const bytes: number[] = []
  const { enginePool: pool } = world.db
  const streams = new Streams({ silentMs: 1_000, clock: () => 0 })
  const link = openLink(
    hello,
    { receive() {}, closed() {} },
    {
      streams,
      dispatcher: new Dispatcher({
        pool,
        streams,
        fairness: new Fairness(),
        registrations: new Map(),
        log,
        clock,
        leftOver() {},
        failed() {},
      }),
      log,
      beatMs: 1_000,
      leaseMs: 2_000,
      clock,
      register: async () => ({ epoch: 2, draining: false }),
      placeOf: () =>
        new Promise((resolve) => looks.push(() => resolve({ sessionId: newId(), orgId: newId(), workflowId: newId() }))),
      lost() {},
      retired: async () => {},
      met() {},
      random: () => 0,
      submit(item) {
        bytes.push(item.bytes)
        return new Promise(() => {})
      },
    },
  )
  for (const number of [1, 22, 333]) link.send(emit(task, number))
  await expect.poll(() => looks.length).toBeGreaterThan(0)
  for (const answer of looks.reverse()) answer()
  await expect.poll(() => bytes.length).toBe(3)
  expect(bytes).toEqual([...bytes].sort((a, b) => a - b))
  expect(bytes[0]).toBeLessThan(bytes[2] ?? 0)
})
