// The worker: say hello and how many slots are free; run what comes, each step by the function its name has in the table; beat
// meanwhile; say how it ended; take what follows. It keeps nothing that the control plane has stored.
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import type { Assignment, ControlMessage, ControlPlane, Hello } from '../contract/control-plane.ts'
import { failpoint } from '../contract/failpoint.ts'
import type { Uuid } from '../contract/ids.ts'
import type { TaskRef } from '../contract/workflow.ts'
import { callThrough } from './call.ts'
import { Connection } from './connection.ts'
import { logIds } from './log-ids.ts'
import { recentKeys } from './recent-keys.ts'
import { Report } from './report.ts'
import type { Step, StepResult, Steps } from './step.ts'
import { sendingWindow, type Window, type WindowLimits } from './window.ts'

export interface WorkerLoopOptions {
  controlPlane: ControlPlane
  steps: Steps
  /** How many steps run at once. */
  capacity: number
  name: string
  group: string | null
  version: string
  /** True for the worker inside the control plane's own process. */
  inProcess: boolean
  log: Logger
  /** Random and fresh for every process: the holder of leases. */
  incarnation: Uuid
  /** Milliseconds of a clock that never goes back; `performance.now` unless said. */
  now?(): number
  /** 0 to 1, for the jitter of reconnects. */
  random?(): number
  limits?: WindowLimits
}

interface Run {
  assignment: Assignment
  report: Report
  abort: AbortController
  /** To be called when the result is stored. */
  stored?: () => void
}

/** For the control plane to acknowledge what was handed back. */
const releaseMs = 1_000
export interface StopOptions {
  /** How long running steps may take to finish before they are handed back. */
  graceMs: number
  /** How much longer calls may take whose effect has begun: nobody else can run those. */
  begunMs?: number
}

/** Settled attempts that a late reply may still name. */
const remembered = 4_096

const keyOf = (task: TaskRef): string => `${task.id}:${task.attempt}`

/** Connects at once, and again whenever the stream breaks, until `stop`. */
export const startWorkerLoop = (options: WorkerLoopOptions): WorkerLoop => new WorkerLoop(options)

export class WorkerLoop {
  readonly #options: WorkerLoopOptions
  readonly #connection: Connection
  readonly #window: Window
  readonly #runs = new Map<Uuid, Run>()
  readonly #settled = recentKeys(remembered)
  readonly #now: () => number
  /** Slots granted and not yet filled: the control plane's own count of them, but for what is on its way. */
  #credit = 0
  #draining = false
  /** Opened so far. */
  #streams = 0
  #stopping = false
  #beats: NodeJS.Timeout | undefined
  #whenIdle: (() => void)[] = []

  constructor(options: WorkerLoopOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
    this.#window = sendingWindow(options.limits)
    this.#connection = new Connection({
      controlPlane: options.controlPlane,
      log: options.log,
      random: options.random ?? Math.random,
      hello: () => this.#hello(),
      welcomed: ({ beatMs }) => this.#welcomed(beatMs),
      receive: (message) => this.#receive(message),
      broken: () => this.#broken(),
    })
    this.#connection.open()
  }

  /** What runs now; finished and not yet stored included. */
  running(): TaskRef[] {
    return [...this.#runs.values()].map(({ assignment }) => assignment.task)
  }

  /**
   * Takes nothing new, gives running steps their time to finish, hands the rest back, says goodbye. A call whose effect has begun gets more
   * time; then it is handed back too, unless it may act once at most: only its lease may tell that nobody knows how that one ended.
   */
  async stop({ graceMs, begunMs = 0 }: StopOptions): Promise<void> {
    this.#stopping = true
    this.#beat()
    await this.#idleWithin(graceMs)
    this.#handBack(({ report }) => !report.hasBegun)
    const begins = [...this.#runs.values()].some(({ report }) => !report.hasEnded)
    await this.#idleWithin(begins ? Math.max(begunMs, releaseMs) : releaseMs)
    if (this.#handBack(({ assignment }) => assignment.class !== 'at_most_once')) await this.#idleWithin(releaseMs)
    await this.#connection.leave(releaseMs)
    this.#broken()
    for (const task of this.running()) this.#settle(task, 'the worker stopped')
  }

  #hello(): Hello {
    const { incarnation, name, group, capacity, inProcess, version, steps } = this.#options
    const kinds = Object.keys(steps)
    const stream = ++this.#streams
    return {
      incarnation,
      name,
      group,
      kinds,
      capacity,
      inProcess,
      hostname: hostname(),
      version,
      running: this.running(),
      stream,
    }
  }

  #welcomed(beatMs: number): void {
    clearInterval(this.#beats)
    this.#beats = setInterval(() => this.#beat(), beatMs)
    for (const { report } of this.#runs.values()) report.resend()
    this.#credit = 0
    // A drain that still holds is said again on every new stream.
    this.#draining = false
    this.#window.connected(true)
    this.#grant()
    if (!this.#accepting()) this.#beat()
  }

  #broken(): void {
    clearInterval(this.#beats)
    this.#window.connected(false)
  }

  #receive(message: ControlMessage): void {
    switch (message.kind) {
      case 'task':
        this.#take(message.assignment)
        break
      case 'emitted':
        this.#find(message.task)?.report.emitted(message.number)
        break
      case 'begun':
        this.#find(message.task)?.report.begun()
        break
      case 'finished':
        void failpoint('worker.stored')
        this.#settle(message.task)
        for (const next of message.next) this.#start(next)
        break
      case 'stop':
        this.#settle(message.task, message.why)
        break
      case 'drain':
      case 'resume':
        this.#draining = message.kind === 'drain'
        this.#beat()
    }
    this.#grant()
  }

  #take(assignment: Assignment): void {
    // Below zero when more came than was granted: the control plane counts so too, and what it is owed must not be forgotten.
    this.#credit -= 1
    this.#start(assignment)
  }

  #start(assignment: Assignment): void {
    const { task } = assignment
    // Sent again because a reply seemed lost, or named by a reply that is older than what we did since.
    if (this.#find(task) || this.#settled.has(keyOf(task))) return
    const other = this.#runs.get(task.id)?.assignment.task
    // Overtaken on its way by a later attempt: that one is ours, this one is not any more.
    if (other && other.attempt > task.attempt) return
    if (other) this.#settle(other, 'lost')
    const run: Run = { assignment, report: this.#reportOf(task), abort: new AbortController() }
    this.#runs.set(task.id, run)
    void failpoint('worker.claimed')
    const step = this.#options.steps[assignment.step]
    // A step this release does not know is left to a worker that does.
    if (!step || this.#stopping) run.report.release()
    else void this.#perform(run, step)
  }

  #reportOf(task: TaskRef): Report {
    return new Report(task, {
      window: this.#window,
      now: this.#now,
      send: (message) => this.#connection.send(message),
      wantsNext: () => this.#accepting() && this.#window.hasRoom(),
    })
  }

  async #perform(run: Run, step: Step): Promise<void> {
    const { assignment, report } = run
    const { signal } = run.abort
    const { controlPlane, incarnation, log } = this.#options
    const call = callThrough({ controlPlane, task: assignment.task, incarnation, signal })
    const tools = { signal, emit: report.emit, begin: (events: Parameters<Report['begin']>[0]) => report.begin(events), call }
    let result: StepResult
    try {
      result = await step(assignment, tools)
    } catch (error) {
      if (!signal.aborted) log.error({ err: error, step: assignment.step, ...logIds(assignment) }, 'a step failed')
      result = { kind: 'fail', error: error instanceof Error ? error.message : String(error), retryable: true }
    }
    if (signal.aborted) return
    if (result.kind === 'finish') run.stored = result.stored
    report.finish(result)
  }

  /** The control plane has the last word on this attempt: it is stored, or (`why`) not ours any more. */
  #settle(task: TaskRef, why?: string): void {
    const run = this.#find(task)
    if (!run) return
    this.#runs.delete(task.id)
    this.#settled.add(keyOf(task))
    if (why) run.abort.abort(new Error(why))
    else run.stored?.()
    run.report.close()
    if (this.#runs.size > 0) return
    for (const idle of this.#whenIdle) idle()
    this.#whenIdle = []
  }

  /** Those that have not ended. True when there were some. */
  #handBack(mayGo: (run: Run) => boolean): boolean {
    const back = [...this.#runs.values()].filter((run) => !run.report.hasEnded && mayGo(run))
    for (const { abort, report } of back) {
      abort.abort(new Error('the worker stops'))
      report.release()
    }
    return back.length > 0
  }

  /** Grants the slots that neither a step nor an earlier grant has taken. */
  #grant(): void {
    const slots = this.#accepting() && this.#window.hasRoom() ? this.#options.capacity - this.#runs.size - this.#credit : 0
    if (slots <= 0) return
    this.#credit += slots
    this.#connection.send({ kind: 'credit', slots })
  }

  #beat(): void {
    this.#connection.send({ kind: 'beat', running: this.running(), accepting: this.#accepting() })
  }

  #accepting(): boolean {
    return !this.#draining && !this.#stopping
  }

  #find(task: TaskRef): Run | undefined {
    const run = this.#runs.get(task.id)
    return run?.assignment.task.attempt === task.attempt ? run : undefined
  }

  #idleWithin(ms: number): Promise<void> {
    if (this.#runs.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#whenIdle.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}
