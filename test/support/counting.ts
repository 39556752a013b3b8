// A workflow that counts: n steps one after another, nothing else. For tests of the engine that have no use for agents.
import type { Assignment, ControlMessage, ControlPlane, Hello, Link } from '../../src/contract/control-plane.ts'
import { newId, type Uuid } from '../../src/contract/ids.ts'
import type { Plan, StepClass, WorkflowType } from '../../src/contract/workflow.ts'
import type { Engine, WorkflowRegistration } from '../../src/durable/index.ts'

export interface Count {
  done: number
  of: number
  class: StepClass
  outcomes: string[]
}

const stepsLeft = (state: Count): Plan<Count> =>
  state.done >= state.of
    ? { state, end: { status: 'completed', result: state.done } }
    : { state, tasks: [{ key: `step-${state.done + 1}`, kind: 'count', class: state.class, input: { n: state.done + 1 } }] }

/** Only the step that is due counts: a repeated outcome changes nothing. */
const counting: WorkflowType<Count> = {
  type: 'counting',
  version: 1,
  reads: [1],
  plan(state, outcome) {
    if (outcome.task.key !== `step-${state.done + 1}`) return { state }
    return stepsLeft({ ...state, done: state.done + 1, outcomes: [...state.outcomes, outcome.status] })
  },
}

export const countingRegistration: WorkflowRegistration<Count> = {
  type: counting,
  contexts: (requests) => requests.map(async () => '{}'),
}

/** Makes the head (as a session's creation does) and starts a workflow on it; answers the head's id. */
export async function startCounting(engine: Engine, head: Uuid, of: number, stepClass: StepClass = 'pure'): Promise<Uuid> {
  const id = newId()
  await engine.submit({
    name: 'start',
    sessionId: head,
    bytes: 100,
    fold: (view) => {
      view.start(id, counting, stepsLeft({ done: 0, of, class: stepClass, outcomes: [] }))
    },
  })
  return id
}

/** Counts over all hand-driven workers: a later stream is always the newer one. */
let streams = 0

/** A worker driven by the test: it collects assignments and does what it is told. */
export class HandWorker {
  readonly incarnation: Uuid
  readonly received: ControlMessage[] = []
  readonly assignments: Assignment[] = []
  /** Why its streams were closed by the other side. */
  readonly closed: string[] = []
  /** The steps it says it knows. */
  kinds = ['count']
  /** Finishes every assignment as it comes. */
  diligent = false
  #link: Link | undefined
  #waiting: (() => void)[] = []

  constructor(incarnation: Uuid = newId()) {
    this.incarnation = incarnation
  }

  connect(controlPlane: ControlPlane, slots: number, running: Hello['running'] = []): void {
    const hello: Hello = {
      incarnation: this.incarnation,
      name: 'by-hand',
      group: null,
      kinds: this.kinds,
      capacity: slots,
      inProcess: false,
      stream: ++streams,
      hostname: 'test',
      version: '0',
      running,
    }
    this.#link = controlPlane.open(hello, { receive: (message) => this.#receive(message), closed: (why) => this.#closedBy(why) })
    this.#link.send({ kind: 'credit', slots })
  }

  send: Link['send'] = (message) => this.#link?.send(message)

  /** As a process that dies. */
  cut(): void {
    this.#link?.close()
    this.#link = undefined
  }

  finish({ task }: Assignment, wantsNext = true): void {
    this.send({ kind: 'finish', task, value: null, events: [], effects: [], wantsNext })
  }

  /** Beats, and waits until the beat was heard: what is said after it, about a task that nobody knows, is answered. */
  async beat(): Promise<void> {
    const task = { id: newId(), attempt: 1 }
    this.send({ kind: 'beat', running: [], accepting: true })
    this.send({ kind: 'begin', task, events: [] })
    await this.until(() => this.received.find((message) => message.kind === 'stop' && message.task.id === task.id))
  }

  /** Waits until `found` finds something in what was received. */
  async until<T>(found: () => T | undefined): Promise<T> {
    for (;;) {
      const value = found()
      if (value !== undefined) return value
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  nthAssignment(n: number): Promise<Assignment> {
    return this.until(() => this.assignments[n])
  }

  #take(assignment: Assignment): void {
    this.assignments.push(assignment)
    if (this.diligent) this.finish(assignment)
  }

  #closedBy(why: string): void {
    this.closed.push(why)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #receive(message: ControlMessage): void {
    this.received.push(message)
    if (message.kind === 'task') this.#take(message.assignment)
    if (message.kind === 'finished') {
      for (const next of message.next) this.#take(next)
      if (message.next.length === 0) this.send({ kind: 'credit', slots: 1 })
    }
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
