import { expect, test } from 'vitest'
import { assignmentOf } from '../../test/support/control-plane.ts'
import { held, messagesIn, progress, working } from '../../test/support/worker-loop.ts'
import { draft } from '../contract/events/index.ts'

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

test('a worker that was given more than it granted grants the difference again', async () => {
  const { stream } = await working({ capacity: 1 })
  stream.welcome()
  await stream.next('credit')
  const given = [assignmentOf(), assignmentOf()]
  for (const assignment of given) stream.assign(assignment)
  for (const { task } of given) {
    await stream.next('finish')
    stream.stored(task)
  }
  // One slot is free at the end, so one more was granted than given.
  const granted = () => stream.of('credit').reduce((sum, { slots }) => sum + slots, 0)
  while (granted() < given.length + 1) await stream.next('credit')
  expect(granted()).toBe(given.length + 1)
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

test('an attempt that was overtaken on its way by a later one does not replace it', async () => {
  const steps = held()
  const { stream } = await working({ work: steps.work })
  stream.welcome()
  const overtaken = assignmentOf()
  stream.assign({ ...overtaken, task: { ...overtaken.task, attempt: 2 } })
  const later = await steps.running()
  stream.assign(overtaken)
  later.end('later')
  expect(await stream.next('finish')).toMatchObject({ value: 'later', task: { attempt: 2 } })
  expect(steps.started).toHaveLength(1)
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
