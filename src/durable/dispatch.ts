// Hands leased tasks to workers: those leased by a hand-off, those claimed from the queue, those whose message was lost.
import type pg from 'pg'
import type { Logger } from 'pino'
import type { Assignment } from '../contract/control-plane.ts'
import { failpoint } from '../contract/failpoint.ts'
import type { Uuid } from '../contract/ids.ts'
import { Problem } from '../contract/problem.ts'
import { isAway, isOutage } from '../db/outage.ts'
import { assignmentOf } from './assignment.ts'
import type { Fairness } from './fairness.ts'
import { gathered, grouped } from './gathered.ts'
import type { TaskPlace } from './link-options.ts'
import type { WorkflowRegistration } from './ports.ts'
import type { Statement, TaskRow, WorkflowRow } from './rows.ts'
import { claimReady, claimSuspects, heldBy, waitingOrganisations, workflowsById } from './statements.ts'
import type { Held } from './steps/held.ts'
import { type FreeSlots, releaseOf, type Stream, type Streams } from './streams.ts'
import { isSuspect } from './suspects.ts'
import type { HeadView } from './view.ts'
import type { Leased } from './view-rows.ts'

export interface DispatcherOptions {
  pool: pg.Pool
  streams: Streams
  fairness: Fairness
  registrations: ReadonlyMap<string, WorkflowRegistration<unknown>>
  log: Logger
  /** Process clock. */
  clock(): number
  /** Other replicas may have free workers for a task that stays in the queue. */
  leftOver(): void
  /** The attempt was never sent and cannot be. */
  failed(task: TaskPlace & Held, why: string): void
}

/** Tasks in one claim at most. */
const claimMax = 128
/** A task younger than this may still be on its way. */
const settleMs = 1_000

export class Dispatcher {
  readonly #options: DispatcherOptions
  /** Assignments whose hand-over the link does, with the answer to the Finish. */
  readonly #forFinisher = new Map<Uuid, Promise<Assignment | null>>()
  /** Releases of workers for which the queue holds nothing (FreeSlots.release): nobody looks again before there may be more. */
  readonly #nothingFor = new Set<string>()
  /** Suspects may be waiting for a worker that has none. */
  #suspects = true
  #claiming = false
  #wakes = 0

  constructor(options: DispatcherOptions) {
    this.#options = options
  }

  /** After a commit: whatever it leased goes out, whoever must stop is told, what stays ready is remembered. */
  committed(views: readonly HeadView[]): void {
    const leased = gathered(views, (view) => view.leased)
    const held = leased.filter(({ task }) => task.status === 'claimed')
    if (held.length > 0) this.#sendLeased(held)
    if (held.length < leased.length) this.#neverSent(leased.filter(({ task }) => task.status !== 'claimed'))
    for (const view of views) for (const task of view.stopped) this.#stop(task)
    const changed = [...gathered(views, (view) => view.newTasks), ...gathered(views, (view) => view.changedTasks)]
    // Put back, or at its end: then the next may go to that worker.
    if (changed.some(isSuspect)) this.lookForSuspects()
    const unplaced = changed.filter((task) => task.status === 'pending' && !isSuspect(task))
    for (const { orgId, visibleAt } of unplaced) this.#options.fairness.waits(orgId, visibleAt)
    if (unplaced.length > 0) {
      this.#options.leftOver()
      this.wake()
    }
  }

  /** The next task of a finisher, once its context is there; null when it could not be made (it is sent later). */
  next(task: TaskRow): Promise<Assignment | null> {
    const assignment = this.#forFinisher.get(task.id) ?? Promise.resolve(null)
    this.#forFinisher.delete(task.id)
    return assignment
  }

  /** There may be ready tasks: claims as many as there are slots, until no more come. */
  wake(): void {
    this.#nothingFor.clear()
    this.#wakes += 1
    void this.#claim()
  }

  /** The same for suspects. */
  lookForSuspects(): void {
    this.#suspects = true
    this.wake()
  }

  /** A worker has new slots. */
  granted(stream: Stream): void {
    if (!this.#nothingFor.has(releaseOf(stream))) void this.#claim()
  }

  async #claim(): Promise<void> {
    if (this.#claiming) return
    this.#claiming = true
    try {
      for (let free = this.#wanted(); free.length > 0; free = this.#wanted()) {
        const suspects = this.#suspects
        this.#suspects = false
        for (const slots of free) await this.#claimFor(slots, suspects)
      }
    } catch (error) {
      this.#options.log.warn({ err: error }, 'could not claim tasks')
    } finally {
      this.#claiming = false
    }
  }

  /** Free slots for which there may be tasks. */
  #wanted(): FreeSlots[] {
    return this.#options.streams.freeSlots(claimMax).filter(({ release }) => !this.#nothingFor.has(release))
  }

  /** `suspects`: they are looked for first. */
  async #claimFor({ release, incarnations, kinds }: FreeSlots, suspects: boolean): Promise<void> {
    const { fairness } = this.#options
    const wakes = this.#wakes
    const found = suspects ? await this.#query<TaskRow>(claimSuspects([...new Set(incarnations)], kinds)) : []
    const tasks = found.length > 0 ? found : await this.#query<TaskRow>(claimReady(incarnations, kinds, fairness.served))
    for (const task of tasks) {
      this.#takeCredit(task)
      fairness.serves(task.orgId)
    }
    if (tasks.length > 0) return this.#sendClaimed(tasks)
    // A share that one organisation did not use is left for the next round; only an empty round is the last.
    if (wakes !== this.#wakes) return
    this.#nothingFor.add(release)
    fairness.replace([])
  }

  /** Looks who waits while no slot is free: whoever finishes next makes room. */
  async lookWhoWaits(): Promise<void> {
    const { streams, fairness } = this.#options
    if (streams.freeSlots(1).length > 0) return
    fairness.replace(await this.#query<{ orgId: Uuid; since: number }>(waitingOrganisations(streams.kinds())))
  }

  #takeCredit(task: TaskRow): void {
    const stream = task.claimedBy ? this.#options.streams.get(task.claimedBy) : undefined
    if (stream) stream.credit -= 1
  }

  #giveCreditBack(task: TaskRow): void {
    const stream = task.claimedBy ? this.#options.streams.get(task.claimedBy) : undefined
    if (stream) stream.credit += 1
  }

  /** Leased, and settled by a later item of the same transaction: their workers never hear of them. */
  #neverSent(leased: readonly Leased[]): void {
    for (const { task, slot } of leased) if (slot === 'credit') this.#giveCreditBack(task)
    void this.#claim()
  }

  /** Their slots are taken; what cannot be sent gives its slot back and is left to `reconcile`. */
  async #sendClaimed(tasks: TaskRow[]): Promise<void> {
    const found = await this.#query<WorkflowRow>(workflowsById(tasks.map((task) => task.workflowId))).catch((error) => {
      for (const task of tasks) this.#giveCreditBack(task)
      throw error
    })
    const workflows = new Map(found.map((row) => [row.id, row]))
    this.#sendLeased(
      tasks.flatMap((task) => {
        const workflow = workflows.get(task.workflowId)
        if (workflow) return [{ task, workflow, slot: 'credit' as const, logEnd: null, configRevision: null }]
        // Deleted with its session since it was claimed.
        this.#giveCreditBack(task)
        return []
      }),
    )
  }

  #sendLeased(leased: readonly Leased[]): void {
    for (const [type, group] of grouped(leased, ({ workflow }) => workflow.type)) this.#sendOfType(type, group)
  }

  #sendOfType(type: string, leased: readonly Leased[]): void {
    const known = leased.flatMap((one) => {
      const { task } = one
      const stream = task.claimedBy ? this.#options.streams.get(task.claimedBy) : undefined
      if (!stream) return []
      this.#assign(stream, task)
      return [{ one, stream }]
    })
    const requests = known.map(({ one: { task, workflow, logEnd, configRevision }, stream }) => ({
      task,
      workflow,
      logEnd,
      configRevision,
      memory: stream.memory,
    }))
    const contexts = this.#contexts(type, requests)
    known.forEach(({ one, stream }, n) => {
      const { task, workflow, slot } = one
      const assignment = contexts
        .then((made) => made[n])
        .then((text) => (text === undefined ? null : assignmentOf(task, workflow, text)))
        .catch((error) => this.#notMade(one, stream, error))
      void assignment.then((made) => made ?? this.#takeBack(one, stream))
      if (slot === 'finisher') this.#forFinisher.set(task.id, assignment)
      else void assignment.then((made) => made && this.#send(stream, made))
    })
  }

  /** What was taken away while its context was read is not sent: a later attempt may be there already. */
  #send(stream: Stream, assignment: Assignment): void {
    const { id, attempt } = assignment.task
    if (stream.assigned.get(id)?.ref.attempt === attempt) stream.send({ kind: 'task', assignment })
    else stream.credit += 1
  }

  async #contexts(type: string, requests: Parameters<WorkflowRegistration<unknown>['contexts']>[0]): Promise<Promise<string>[]> {
    await failpoint('dispatch.before_context')
    return this.#options.registrations.get(type)?.contexts(requests) ?? []
  }

  /** Where the database is away `reconcile` asks again; else it is the step that has failed. */
  #notMade({ task }: Leased, { hello }: Stream, error: unknown): null {
    const { id, attempt, sessionId, orgId, workflowId } = task
    const said = { err: error, session_id: sessionId, workflow_id: workflowId, task_id: id, attempt }
    if (isPassing(error)) {
      // Of a database that is away the batches speak, once.
      this.#options.log[isAway(error) ? 'debug' : 'warn'](said, 'the context of a step cannot be read now')
      return null
    }
    this.#options.log.warn(said, 'could not make the context of a step')
    const held = { ref: { id, attempt }, incarnation: hello.incarnation }
    this.#options.failed({ sessionId, orgId, workflowId, ...held }, error instanceof Error ? error.message : String(error))
    return null
  }

  /** A task that could not be sent stays leased: `reconcile` sends it, and takes its slot, once its context can be made. */
  #takeBack({ task, slot }: Leased, stream: Stream): void {
    if (slot === 'credit') stream.credit += 1
    if (stream.assigned.get(task.id)?.ref.attempt === task.attempt) stream.assigned.delete(task.id)
  }

  #assign(stream: Stream, task: TaskRow): void {
    const { id, attempt, sessionId, orgId, workflowId } = task
    stream.assigned.set(id, { ref: { id, attempt }, sessionId, orgId, workflowId, since: this.#options.clock() })
  }

  #stop(task: TaskRow): void {
    const stream = task.claimedBy ? this.#options.streams.get(task.claimedBy) : undefined
    if (!stream?.assigned.delete(task.id)) return
    stream.send({ kind: 'stop', task: { id: task.id, attempt: task.attempt }, why: 'cancelled' })
  }

  /**
   * Compares what the database says the streams hold with what they were given: a task whose message was lost is sent again, one that was
   * taken away elsewhere is stopped. `running`: what a worker named itself (Hello, Beat); then that counts instead of our memory.
   */
  async reconcile(streams: readonly Stream[], running?: ReadonlySet<string>): Promise<void> {
    if (streams.length === 0) return
    const startedAt = this.#options.clock()
    const rows = await this.#query<TaskRow>(heldBy(streams.map((stream) => stream.hello.incarnation)))
    const resend: TaskRow[] = []
    for (const stream of streams) {
      const held = new Map(rows.filter((row) => row.claimedBy === stream.hello.incarnation).map((row) => [row.id, row]))
      for (const row of held.values()) if (this.#isMissing(stream, row, startedAt, running)) resend.push(row)
      for (const given of [...stream.assigned.values()]) {
        const stillHeld = held.get(given.ref.id)?.attempt === given.ref.attempt
        if (!stillHeld && given.since < startedAt - settleMs) this.#stopLost(stream, given.ref)
      }
    }
    for (const task of resend) this.#takeCredit(task)
    if (resend.length > 0) await this.#sendClaimed(resend)
  }

  #isMissing(stream: Stream, row: TaskRow, startedAt: number, running?: ReadonlySet<string>): boolean {
    if (running) return !running.has(`${row.id}:${row.attempt}`)
    const given = stream.assigned.get(row.id)
    return given === undefined || (given.ref.attempt !== row.attempt && given.since < startedAt - settleMs)
  }

  #stopLost(stream: Stream, task: { id: Uuid; attempt: number }): void {
    stream.assigned.delete(task.id)
    stream.send({ kind: 'stop', task, why: 'lost' })
  }

  async #query<Row>({ name, text, values }: Statement): Promise<Row[]> {
    // The statement's text names its columns; nobody but the statement's author can say what they are.
    return (await this.#options.pool.query(name ? { name, text, values } : { text, values })).rows as Row[]
  }
}

/** Whether the same context may be there a moment later. */
const isPassing = (error: unknown): boolean => isOutage(error) || (error instanceof Problem && error.kind === 'unavailable')
