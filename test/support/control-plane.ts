// A control plane whose answers the test gives: real protocol objects, no engine behind them.
import type {
  Assignment,
  ControlMessage,
  ControlPlane,
  Hello,
  Link,
  LinkEvents,
  WorkerMessage,
} from '../../src/contract/control-plane.ts'
import { newId } from '../../src/contract/ids.ts'
import type { Json } from '../../src/contract/json.ts'
import { Problem } from '../../src/contract/problem.ts'
import type { TaskRef } from '../../src/contract/workflow.ts'

type Kind = WorkerMessage['kind']
type Of<K extends Kind> = Extract<WorkerMessage, { kind: K }>

/** Values that come, and whoever waits for one that fits. */
class Arrivals<T> {
  readonly all: T[] = []
  #taken = new Set<T>()
  #waiting: { fits(value: T): boolean; resolve(value: T): void }[] = []

  add(value: T): void {
    this.all.push(value)
    const waiter = this.#waiting.find(({ fits }) => fits(value))
    if (!waiter) return
    this.#waiting = this.#waiting.filter((one) => one !== waiter)
    this.#taken.add(value)
    waiter.resolve(value)
  }

  /** The next one that fits and was not taken yet. */
  next(fits: (value: T) => boolean): Promise<T> {
    const found = this.all.find((value) => !this.#taken.has(value) && fits(value))
    if (!found) return new Promise((resolve) => this.#waiting.push({ fits, resolve }))
    this.#taken.add(found)
    return Promise.resolve(found)
  }
}

/** One stream, from the control plane's side. */
export class WorkerStream {
  readonly hello: Hello
  readonly #events: LinkEvents
  readonly #arrivals = new Arrivals<WorkerMessage>()
  readonly closed: Promise<void>
  resolveClosed: () => void = () => {}
  /** As a control plane does. */
  endsAtGoodbye = true

  constructor(hello: Hello, events: LinkEvents) {
    this.hello = hello
    this.#events = events
    this.closed = new Promise((resolve) => {
      this.resolveClosed = resolve
    })
  }

  get messages(): WorkerMessage[] {
    return this.#arrivals.all
  }

  of<K extends Kind>(kind: K): Of<K>[] {
    return this.messages.filter((message): message is Of<K> => message.kind === kind)
  }

  add(message: WorkerMessage): void {
    this.#arrivals.add(message)
    if (message.kind === 'goodbye' && this.endsAtGoodbye) this.cut('goodbye')
  }

  next<K extends Kind>(kind: K, fits: (message: Of<K>) => boolean = () => true): Promise<Of<K>> {
    const wanted = (message: WorkerMessage): boolean => message.kind === kind && fits(message as Of<K>)
    return this.#arrivals.next(wanted) as Promise<Of<K>>
  }

  say(message: ControlMessage): void {
    this.#events.receive(message)
  }

  welcome(beatMs = 60_000): void {
    this.say({ kind: 'welcome', epoch: 1, beatMs, leaseMs: 15_000 })
  }

  assign(assignment: Assignment): void {
    this.say({ kind: 'task', assignment })
  }

  stored(task: TaskRef, next: Assignment[] = []): void {
    this.say({ kind: 'finished', task, next })
  }

  cut(why = 'cut'): void {
    this.#events.closed(why)
  }
}

export type Answer = (operation: string, input: Json, signal: AbortSignal | undefined) => Promise<Json> | Json

export class ScriptedControlPlane implements ControlPlane {
  readonly #streams = new Arrivals<WorkerStream>()
  readonly calls: { task: TaskRef; operation: string; input: Json }[] = []
  answer: Answer = (operation) => {
    throw new Problem('not_found', `No operation ${operation}`)
  }

  open(hello: Hello, events: LinkEvents): Link {
    const stream = new WorkerStream(hello, events)
    this.#streams.add(stream)
    return { send: (message) => stream.add(message), close: () => stream.resolveClosed() }
  }

  async call(task: TaskRef, _incarnation: string, operation: string, input: Json, signal?: AbortSignal): Promise<Json> {
    this.calls.push({ task, operation, input })
    return this.answer(operation, input, signal)
  }

  /** The stream that was opened last. */
  get latest(): WorkerStream | undefined {
    return this.#streams.all.at(-1)
  }

  /** The next stream a worker opens. */
  stream(): Promise<WorkerStream> {
    return this.#streams.next(() => true)
  }
}

/** A leased task; its own key, workflow and session unless given. */
export const assignmentOf = (given: Partial<Assignment> = {}): Assignment => ({
  task: { id: newId(), attempt: 1 },
  orgId: newId(),
  sessionId: newId(),
  workflowId: newId(),
  workflowType: 'turn',
  key: 'step-1',
  step: 'work',
  class: 'pure',
  input: {},
  context: '{}',
  recovered: false,
  ...given,
})
