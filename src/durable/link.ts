import type { ControlMessage, Hello, Link, LinkEvents, WorkerMessage } from '../contract/control-plane.ts'
import type { Uuid } from '../contract/ids.ts'
import { Problem } from '../contract/problem.ts'
import type { TaskRef } from '../contract/workflow.ts'
import type { Item } from './item.ts'
import type { LinkOptions, TaskPlace } from './link-options.ts'
import { begin, emit } from './steps/emit.ts'
import { fail, release } from './steps/fail.ts'
import { type FinishAnswer, finish } from './steps/finish.ts'
import type { Stream } from './streams.ts'
import type { HeadView } from './view.ts'

type Step = Exclude<WorkerMessage['kind'], 'credit' | 'beat' | 'goodbye' | 'release'>
type StepMessage = Extract<WorkerMessage, { kind: Step }>

/** Opens a worker's stream. Messages that arrive before the Hello is stored wait for it. */
export function openLink(hello: Hello, events: LinkEvents, options: LinkOptions): Link {
  return new WorkerLink(hello, events, options)
}

class WorkerLink implements Link {
  readonly #hello: Hello
  readonly #events: LinkEvents
  readonly #options: LinkOptions
  #stream: Stream | null = null
  #early: WorkerMessage[] = []
  /** What it holds was compared with what it says it runs. */
  #ready = false
  #closed = false
  /** Looks for the places of tasks that were never given out here: what comes about one of them meanwhile waits for it too. */
  readonly #looks = new Map<Uuid, Promise<TaskPlace | null>>()
  /** Tasks that are being failed because something of theirs could not be stored. */
  readonly #givenUp = new Set<Uuid>()

  constructor(hello: Hello, events: LinkEvents, options: LinkOptions) {
    this.#hello = hello
    this.#events = events
    this.#options = options
    void this.#open()
  }

  async #open(): Promise<void> {
    const { register, streams, dispatcher, beatMs, leaseMs, clock } = this.#options
    try {
      const aliveAt = clock()
      const { epoch, draining } = await register(this.#hello)
      const assigned = await this.#adopt()
      if (this.#closed) return this.#options.lost(this.#hello.incarnation, epoch)
      const stream: Stream = {
        hello: this.#hello,
        epoch,
        credit: 0,
        draining,
        accepting: true,
        beat: null,
        aliveAt,
        assigned,
        memory: new Map(),
        send: (message) => this.#send(message),
      }
      this.#stream = stream
      streams.add(stream)
      this.#send({ kind: 'welcome', epoch, beatMs, leaseMs })
      if (draining) this.#send({ kind: 'drain' })
      // Before its first credit: a task claimed meanwhile would look like one whose message was lost, and be sent twice.
      await dispatcher.reconcile([stream], new Set(this.#hello.running.map(({ id, attempt }) => `${id}:${attempt}`)))
      this.#ready = true
      for (const message of this.#early.splice(0)) this.#receive(stream, message)
    } catch (error) {
      this.#drop(error instanceof Error ? error.message : String(error))
    }
  }

  /**
   * What it says it runs counts as given to it; `reconcile` stops what it no longer holds. Done before the welcome: a message about a
   * task whose place is not known yet would have to wait for it, and the next one could overtake it.
   */
  async #adopt(): Promise<Stream['assigned']> {
    const assigned: Stream['assigned'] = new Map()
    for (const ref of this.#hello.running) {
      const place = await this.#options.placeOf(ref.id)
      if (place) assigned.set(ref.id, { ref, ...place, since: 0 })
      else this.#send({ kind: 'stop', task: ref, why: 'lost' })
    }
    return assigned
  }

  send(message: WorkerMessage): void {
    if (this.#closed) return
    if (this.#stream && this.#ready) this.#receive(this.#stream, message)
    else this.#early.push(message)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    const stream = this.#stream
    if (stream && this.#options.streams.remove(stream)) this.#options.lost(this.#hello.incarnation, stream.epoch)
  }

  #drop(why: string): void {
    if (this.#closed) return
    this.close()
    this.#events.closed(why)
  }

  #send(message: ControlMessage): void {
    if (!this.#closed) this.#events.receive(message)
  }

  #receive(stream: Stream, message: WorkerMessage): void {
    if (message.kind === 'credit') {
      stream.credit += message.slots
      this.#options.dispatcher.granted(stream)
    } else if (message.kind === 'beat') this.#options.streams.beat(stream, message.running.length, message.accepting)
    else if (message.kind === 'release') for (const task of message.tasks) void this.#release(stream, task, message.afterMs)
    else if (message.kind === 'goodbye') void this.#goodbye(stream)
    else void this.#step(stream, message)
  }

  async #goodbye(stream: Stream): Promise<void> {
    stream.draining = true
    await this.#options
      .retired(this.#hello.incarnation)
      .catch((error) => this.#options.log.warn({ err: error }, 'goodbye not stored'))
    this.#drop('goodbye')
  }

  async #release(stream: Stream, task: TaskRef, afterMs?: number): Promise<void> {
    const held = { ref: task, incarnation: this.#hello.incarnation }
    await this.#submit(stream, 'release', task, 256, (view) => release(view, held, afterMs))
      .then(() => this.#settled(stream, task))
      .catch((error) => this.#accident(error, task))
  }

  async #step(stream: Stream, message: StepMessage): Promise<void> {
    try {
      await this.#handle(stream, message)
    } catch (error) {
      if (error instanceof Problem && error.kind === 'not_found') this.#stop(stream, message.task)
      else if (error instanceof Problem && error.kind === 'unavailable') this.#drop(error.message)
      else if (message.kind === 'fail') this.#accident(error, message.task)
      else await this.#giveUp(stream, message.task, error)
    }
  }

  async #handle(stream: Stream, message: StepMessage): Promise<void> {
    const { task } = message
    const held = { ref: task, incarnation: this.#hello.incarnation }
    if (message.kind === 'emit') {
      const stored = await this.#submit(stream, message.kind, task, sizeOf(message), (view) => emit(view, held, message))
      if (stored === 'stored') this.#send({ kind: 'emitted', task, number: message.number })
      else if (stored === 'missed') this.#missed(task)
      else this.#stop(stream, task)
    } else if (message.kind === 'begin') {
      const begun = await this.#submit(stream, message.kind, task, sizeOf(message), (view) => begin(view, held, message.events))
      if (begun) this.#send({ kind: 'begun', task })
      else this.#stop(stream, task)
    } else if (message.kind === 'fail') {
      const random = this.#options.random()
      const answer = await this.#submit(stream, message.kind, task, 512, (view) => fail(view, held, { random, ...message }))
      if (answer === 'lost') return this.#stop(stream, task)
      this.#met(stream, message)
      this.#settled(stream, task)
    } else await this.#finish(stream, message)
  }

  async #finish(stream: Stream, message: Extract<WorkerMessage, { kind: 'finish' }>): Promise<void> {
    const { task } = message
    const held = { ref: task, incarnation: this.#hello.incarnation }
    const wantsNext = message.wantsNext && this.#options.streams.mayBeGiven(stream)
    const revisions = message.effects.flatMap(({ store, key, base }) => (base === undefined ? [] : [{ store, key }]))
    const fold = (view: HeadView): FinishAnswer => finish(view, held, { ...message, wantsNext })
    const answer = await this.#submit(stream, message.kind, task, sizeOf(message), fold, revisions)
    if (answer.status === 'lost') return this.#stop(stream, task)
    if (answer.status === 'foreign') return this.#drop('another release must finish this task')
    if (answer.status === 'missed') return this.#missed(task)
    this.#met(stream, message)
    forget(stream, task)
    const next = answer.next ? await this.#options.dispatcher.next(answer.next) : null
    if (answer.next && this.#closed) return this.#notDelivered(answer.next)
    this.#send({ kind: 'finished', task, next: next ? [next] : [] })
  }

  /** Its worker is back on another stream, which counts the task as given: now `reconcile` sends it there. */
  #notDelivered(task: TaskRef): void {
    this.#options.streams.get(this.#hello.incarnation)?.assigned.delete(task.id)
  }

  async #submit<R>(
    stream: Stream,
    name: string,
    task: TaskRef,
    bytes: number,
    fold: (view: HeadView) => R,
    revisions: Item<R>['revisions'] = [],
  ): Promise<R> {
    const known = this.#looks.has(task.id) ? undefined : stream.assigned.get(task.id)
    const place = known ?? (await this.#look(task.id))
    this.#looks.delete(task.id)
    if (!place) throw new Problem('not_found', 'No such task')
    const { sessionId, orgId } = place
    return this.#options.submit({ name, sessionId, orgId, taskIds: [task.id], bytes, revisions, fold })
  }

  /** One look for all that is said about a task before the answer is there: they go on in the order they came. */
  #look(taskId: Uuid): Promise<TaskPlace | null> {
    const begun = this.#looks.get(taskId)
    if (begun) return begun
    const look = this.#options.placeOf(taskId)
    this.#looks.set(taskId, look)
    look.catch(() => this.#looks.delete(taskId))
    return look
  }

  /** On its next stream it says again all that is not stored, in order; a task that is given up has nothing more to say. */
  #missed(task: TaskRef): void {
    if (!this.#givenUp.has(task.id)) this.#drop(`an emit of task ${task.id} is missing`)
  }

  /** A task that is not known here any more was counted with its first answer. */
  #met(stream: Stream, { task, services = [] }: Extract<WorkerMessage, { kind: 'finish' | 'fail' }>): void {
    const given = stream.assigned.get(task.id)
    if (given) this.#options.met(given.orgId, services)
  }

  #settled(stream: Stream, task: TaskRef): void {
    forget(stream, task)
    this.#send({ kind: 'finished', task, next: [] })
  }

  #stop(stream: Stream, task: TaskRef): void {
    forget(stream, task)
    this.#send({ kind: 'stop', task, why: 'lost' })
  }

  /** What the step sent cannot be stored: the task fails, its neighbours do not. */
  async #giveUp(stream: Stream, task: TaskRef, error: unknown): Promise<void> {
    this.#accident(error, task)
    this.#givenUp.add(task.id)
    const held = { ref: task, incarnation: this.#hello.incarnation }
    const failed = { error: 'its result could not be stored', retryable: false, random: 0 }
    await this.#submit(stream, 'give_up', task, 512, (view) => fail(view, held, failed)).catch((again) =>
      this.#accident(again, task),
    )
    this.#givenUp.delete(task.id)
    this.#stop(stream, task)
  }

  #accident(error: unknown, task: TaskRef): void {
    this.#options.log.error(
      { err: error, task_id: task.id, attempt: task.attempt, worker_id: this.#hello.incarnation },
      'a message about a task could not be stored',
    )
  }
}

/** Only this attempt: a late word about an earlier one must not take the place of the attempt that the same worker runs now. */
function forget({ assigned }: Stream, { id, attempt }: TaskRef): void {
  if (assigned.get(id)?.ref.attempt === attempt) assigned.delete(id)
}

const sizeOf = (message: Extract<WorkerMessage, { kind: 'emit' | 'begin' | 'finish' }>): number => {
  const events = message.events.reduce((sum, event) => sum + event.data.length, 0)
  return message.kind === 'finish'
    ? events + message.effects.reduce((sum, effect) => sum + JSON.stringify(effect.write ?? null).length, 0)
    : events
}
