import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { assignmentOf, ScriptedControlPlane, type WorkerStream } from '../../test/support/control-plane.ts'
import { draft } from '../contract/events/index.ts'
import { newId } from '../contract/ids.ts'
import { startWorkerLoop, type WorkerLoop, type WorkerLoopOptions } from './loop.ts'
import type { Step, StepTools } from './step.ts'

let open: { loop: WorkerLoop; controlPlane: ScriptedControlPlane }[] = []
afterEach(async () => {
  for (const { loop, controlPlane } of open) {
    for (const task of loop.running()) controlPlane.latest?.say({ kind: 'stop', task, why: 'lost' })
    await loop.stop({ graceMs: 0 })
  }
  open = []
})

async function working(given: Partial<WorkerLoopOptions> & { work?: Step } = {}) {
  const controlPlane = new ScriptedControlPlane()
  const { work = async () => ({ kind: 'finish', value: 'done' }), ...options } = given
  const loop = startWorkerLoop({
    controlPlane,
    steps: { work },
    capacity: 2,
    name: 'worker',
    group: null,
    version: '0.0.0',
    inProcess: false,
    log: pino({ level: 'silent' }),
    incarnation: newId(),
    random: () => 0,
    ...options,
  })
  open.push({ loop, controlPlane })
  const stream = await controlPlane.stream()
  return { loop, controlPlane, stream }
}

/** A step that the test ends. */
function held() {
  const started: { tools: StepTools; end(value: string): void }[] = []
  let tell: (() => void) | null = null
  const work: Step = (_assignment, tools) =>
    new Promise((resolve) => {
      started.push({ tools, end: (value) => resolve({ kind: 'finish', value }) })
      tell?.()
    })
  const running = async (n = 1) => {
    while (started.length < n) await new Promise<void>((resolve) => (tell = resolve))
    const last = started[n - 1]
    if (!last) throw new Error('nothing runs')
    return last
  }
  return { work, running, started }
}

const progress = (message: string) => ({ tool_call_id: 'c', tool_name: 't', message })
const messagesIn = (events: { data: string }[]) => events.map(({ data }) => JSON.parse(data).message)

async function reconnected(controlPlane: ScriptedControlPlane, stream: WorkerStream): Promise<WorkerStream> {
  stream.cut()
  const next = await controlPlane.stream()
  next.welcome()
  return next
}

test('says what it can do, and grants all its slots once it is welcome', async () => {
  const { stream } = await working({ capacity: 3 })
  expect(stream.hello).toMatchObject({ kinds: ['work'], capacity: 3, running: [] })
  expect(stream.messages).toEqual([])
  stream.welcome()
  expect(await stream.next('credit')).toEqual({ kind: 'credit', slots: 3 })
})

test('what a quick step says goes out with its finish, and its slot is granted again when that is stored', async () => {
  const { stream } = await working({
    work: async (_assignment, { emit }) => {
      emit.event('tool.progress', progress('first'))
      return { kind: 'finish', value: 7, events: [draft('tool.progress', progress('last'))] }
    },
  })
  stream.welcome()
  await stream.next('credit')
  const assignment = assignmentOf()
  stream.assign(assignment)
  const finish = await stream.next('finish')
  expect(finish).toMatchObject({ task: assignment.task, value: 7, wantsNext: true })
  expect(messagesIn(finish.events)).toEqual(['first', 'last'])
  expect(stream.of('emit')).toEqual([])
  stream.stored(assignment.task)
  expect(await stream.next('credit')).toMatchObject({ slots: 1 })
})

test('runs the task that comes with the reply to a finish, without a new grant', async () => {
  const { stream } = await working()
  stream.welcome()
  await stream.next('credit')
  const [first, second] = [assignmentOf(), assignmentOf()]
  stream.assign(first)
  await stream.next('finish')
  stream.stored(first.task, [second])
  expect((await stream.next('finish')).task).toEqual(second.task)
  expect(stream.of('credit')).toHaveLength(1)
})

test('after a break it names what it runs and says again what was not acknowledged, in order', async () => {
  const steps = held()
  const { stream, controlPlane } = await working({ work: steps.work })
  stream.welcome()
  const assignment = assignmentOf()
  stream.assign(assignment)
  const step = await steps.running()
  step.tools.emit.event('tool.progress', progress('one'))
  const one = await stream.next('emit')
  expect(one).toMatchObject({ number: 1, task: assignment.task })
  stream.say({ kind: 'emitted', task: assignment.task, number: 1 })
  step.tools.emit.event('tool.progress', progress('two'))
  expect(await stream.next('emit')).toMatchObject({ number: 2 })
  step.end('kept')
  await stream.next('finish')

  const next = await reconnected(controlPlane, stream)
  expect(next.hello.running).toEqual([assignment.task])
  const finish = await next.next('finish')
  expect(next.messages.map(({ kind }) => kind)).toEqual(['emit', 'finish', 'credit'])
  expect(next.of('emit')[0]).toMatchObject({ number: 2 })
  expect(finish.value).toBe('kept')
})

test('a step that goes on while there is no stream keeps what it says for the next one', async () => {
  const steps = held()
  const { stream, controlPlane } = await working({ work: steps.work })
  stream.welcome()
  stream.assign(assignmentOf())
  const step = await steps.running()
  stream.cut()
  step.tools.emit.event('tool.progress', progress('alone'))
  const next = await controlPlane.stream()
  expect(next.hello.running).toHaveLength(1)
  next.welcome()
  expect(messagesIn((await next.next('emit')).events)).toEqual(['alone'])
})

test('a task whose pre-leased reply was lost runs once, however often it is sent', async () => {
  const steps = held()
  const { stream, controlPlane } = await working({ work: steps.work })
  stream.welcome()
  const [first, second] = [assignmentOf(), assignmentOf()]
  stream.assign(first)
  const step = await steps.running()
  step.end('first')
  await stream.next('finish')
  // The reply {next: second} never arrives. The worker does not name `second`, so it is sent as a task of its own.
  const next = await reconnected(controlPlane, stream)
  await next.next('finish')
  next.assign(second)
  const running = await steps.running(2)
  next.stored(first.task, [second])
  next.assign(second)
  running.end('second')
  expect((await next.next('finish', ({ task }) => task.id === second.task.id)).value).toBe('second')
  next.stored(second.task)
  next.assign(second)
  expect(steps.started).toHaveLength(2)
})

test('a stopped task is aborted and nothing more is said about it', async () => {
  const steps = held()
  const { stream, loop } = await working({ work: steps.work })
  stream.welcome()
  await stream.next('credit')
  const assignment = assignmentOf()
  stream.assign(assignment)
  const step = await steps.running()
  step.tools.emit.event('tool.progress', progress('unsaid'))
  stream.say({ kind: 'stop', task: assignment.task, why: 'cancelled' })
  expect(step.tools.signal.aborted).toBe(true)
  step.end('unsaid')
  expect(await stream.next('credit')).toMatchObject({ slots: 1 })
  expect(loop.running()).toEqual([])
  // The other slot still works: by the time its finish is here, anything about the first would be.
  stream.assign(assignmentOf())
  const second = await steps.running(2)
  second.end('said')
  await stream.next('finish')
  expect(stream.messages.map(({ kind }) => kind)).toEqual(['credit', 'credit', 'finish'])
})

test('a new attempt at a task replaces the one that runs here', async () => {
  const steps = held()
  const { stream } = await working({ work: steps.work })
  stream.welcome()
  const assignment = assignmentOf()
  stream.assign(assignment)
  const first = await steps.running()
  stream.assign({ ...assignment, task: { ...assignment.task, attempt: 2 } })
  const second = await steps.running(2)
  expect(first.tools.signal.aborted).toBe(true)
  first.end('old')
  second.end('new')
  expect(await stream.next('finish')).toMatchObject({ value: 'new', task: { attempt: 2 } })
})

test('a draining worker says so, grants nothing, asks for no next task, and works again after resume', async () => {
  const steps = held()
  const { stream } = await working({ work: steps.work })
  stream.welcome()
  await stream.next('credit')
  const assignment = assignmentOf()
  stream.assign(assignment)
  const step = await steps.running()
  stream.say({ kind: 'drain' })
  expect(await stream.next('beat')).toMatchObject({ accepting: false, running: [assignment.task] })
  step.end('last')
  expect(await stream.next('finish')).toMatchObject({ wantsNext: false })
  stream.stored(assignment.task)
  expect(stream.of('credit')).toHaveLength(1)
  stream.say({ kind: 'resume' })
  expect(await stream.next('beat')).toMatchObject({ accepting: true })
  expect(await stream.next('credit')).toMatchObject({ slots: 1 })
})

test('stopping waits for what runs, then says goodbye', async () => {
  const steps = held()
  const { stream, loop } = await working({ work: steps.work })
  stream.welcome()
  const assignment = assignmentOf()
  stream.assign(assignment)
  const step = await steps.running()
  const stopped = loop.stop({ graceMs: 60_000 })
  expect(await stream.next('beat')).toMatchObject({ accepting: false })
  step.end('finished')
  await stream.next('finish')
  stream.stored(assignment.task)
  await stopped
  expect(stream.messages.at(-1)).toEqual({ kind: 'goodbye' })
  expect(stream.of('release')).toEqual([])
  await stream.closed
})

test('what does not end in time is handed back, except a call whose effect has begun', async () => {
  const steps = held()
  const { stream, loop } = await working({ work: steps.work })
  stream.welcome()
  const [plain, begun] = [assignmentOf(), assignmentOf({ class: 'at_most_once' })]
  stream.assign(plain)
  stream.assign(begun)
  const second = await steps.running(2)
  void second.tools.begin([])
  await stream.next('begin')
  const stopped = loop.stop({ graceMs: 0 })
  expect(await stream.next('release')).toEqual({ kind: 'release', tasks: [plain.task] })
  stream.stored(plain.task)
  await stopped
  expect(second.tools.signal.aborted).toBe(true)
  expect(stream.of('release')).toHaveLength(1)
  expect(stream.messages.at(-1)).toEqual({ kind: 'goodbye' })
})

test('begin resolves when it is stored, and is said again after a break', async () => {
  const steps = held()
  const { stream, controlPlane } = await working({ work: steps.work })
  stream.welcome()
  const assignment = assignmentOf({ class: 'at_most_once' })
  stream.assign(assignment)
  const step = await steps.running()
  step.tools.emit.event('tool.progress', progress('before'))
  const begun = step.tools.begin([draft('tool.progress', progress('begins'))])
  expect(messagesIn((await stream.next('begin')).events)).toEqual(['before', 'begins'])
  const next = await reconnected(controlPlane, stream)
  expect(messagesIn((await next.next('begin')).events)).toEqual(['before', 'begins'])
  next.say({ kind: 'begun', task: assignment.task })
  await begun
})

test('a step it does not know is left to others', async () => {
  const { stream } = await working()
  stream.welcome()
  const assignment = assignmentOf({ step: 'unheard_of' })
  stream.assign(assignment)
  expect(await stream.next('release')).toEqual({ kind: 'release', tasks: [assignment.task] })
})

test('a step that throws fails in a way that may be tried again', async () => {
  const { stream } = await working({
    work: async () => {
      throw new Error('broken')
    },
  })
  stream.welcome()
  stream.assign(assignmentOf())
  expect(await stream.next('fail')).toMatchObject({ error: 'broken', retryable: true })
})

test('no more emits are on their way than the window allows; the rest gathers', async () => {
  const steps = held()
  const { stream } = await working({ work: steps.work, limits: { messages: 1, bytes: 1e6, heldBytes: 1e6 } })
  stream.welcome()
  const assignment = assignmentOf()
  stream.assign(assignment)
  const { emit } = (await steps.running()).tools
  const say = (delta: string) =>
    emit.piece('answer', delta, (piece, offset) =>
      draft('output.message.delta', { turn_id: 't', message_id: 'm', delta: piece, offset }),
    )
  say('one')
  expect(await stream.next('emit')).toMatchObject({ number: 1, chars: 3 })
  say(' two')
  say(' three')
  stream.say({ kind: 'emitted', task: assignment.task, number: 1 })
  const second = await stream.next('emit')
  expect(second).toMatchObject({ number: 2, chars: 10 })
  expect(second.events.map(({ data }) => JSON.parse(data))).toMatchObject([{ delta: ' two three', offset: 3 }])
})

test('a producer waits while too much is held, and grants stop', async () => {
  const steps = held()
  const { stream } = await working({ work: steps.work, limits: { messages: 10, bytes: 1e6, heldBytes: 200 } })
  stream.welcome()
  await stream.next('credit')
  const assignment = assignmentOf()
  stream.assign(assignment)
  const { emit } = (await steps.running()).tools
  emit.event('tool.progress', progress('x'.repeat(300)))
  let hasRoom = false
  const room = emit.room().then(() => {
    hasRoom = true
  })
  await stream.next('emit')
  expect(hasRoom).toBe(false)
  stream.say({ kind: 'emitted', task: assignment.task, number: 1 })
  await room
})

test('a stored result is told to its step; a lost one is not', async () => {
  const stored: string[] = []
  const { stream } = await working({
    work: async ({ key }) => ({ kind: 'finish', value: null, stored: () => stored.push(key) }),
  })
  stream.welcome()
  const [kept, lost] = [assignmentOf({ key: 'kept' }), assignmentOf({ key: 'lost' })]
  stream.assign(kept)
  stream.assign(lost)
  await stream.next('finish')
  await stream.next('finish')
  stream.say({ kind: 'stop', task: lost.task, why: 'lost' })
  stream.stored(kept.task)
  expect(stored).toEqual(['kept'])
})
