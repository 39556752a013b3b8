// Streams between workers and control planes. A stream keeps the order of its messages and delays them; streams know nothing of each
// other, so what was said on an old one may arrive after the hello on the next. A cut loses what is under way, and each side hears of it
// in its own time. Reports may arrive twice, and an emit not at all.
import type { ControlMessage, ControlPlane, Hello, Link, LinkEvents, WorkerMessage } from '../../../src/contract/control-plane.ts'
import { Problem } from '../../../src/contract/problem.ts'
import type { Random } from '../harness/random.ts'
import type { Actor, Clock } from './clock.ts'
import type { Plane } from './plane.ts'

export interface NetworkOptions {
  clock: Clock
  random: Random
  /** Control planes that answer now. */
  planes(): readonly Plane[]
  say(actor: Actor, text: () => string): void
}

/** A cut that the control plane only notices by silence. */
const unnoticedMs = 3_000
const callMs = 3_000
const twiceShare = 0.02
const lostShare = 0.01

export class Network {
  readonly options: NetworkOptions
  readonly streams = new Set<WireStream>()

  constructor(options: NetworkOptions) {
    this.options = options
  }

  latency(): number {
    const { random } = this.options
    return random.next() < 0.03 ? random.next() * 80 : 0.1 + random.next() * 2
  }

  /** The control planes as one worker sees them: each stream and each call goes to any that answers. */
  controlPlaneFor(worker: Actor): ControlPlane {
    return {
      open: (hello, events) => new WireStream(this, worker, hello, events),
      call: (task, incarnation, operation, input, signal) =>
        this.#ask(worker, (plane) => plane.engine.controlPlane.call(task, incarnation, operation, input, signal)),
    }
  }

  /** Asks any control plane as `who`; rejects `unavailable` when no answer came. */
  ask<T>(who: Actor, question: (plane: Plane) => Promise<T>): Promise<T> {
    return this.#ask(who, question)
  }

  #ask<T>(who: Actor, question: (plane: Plane) => Promise<T>): Promise<T> {
    const { clock, random, planes } = this.options
    return new Promise((resolve, reject) => {
      const unanswered = clock.after(callMs, who, () => reject(new Problem('unavailable', 'nobody answered')))
      const answer = (settle: () => void) => {
        clock.after(this.latency(), who, () => {
          unanswered.cancelled = true
          settle()
        })
      }
      const [first] = planes()
      if (!first) return answer(() => reject(new Problem('unavailable', 'nobody is there')))
      const plane = random.oneOf(planes())
      clock.after(this.latency(), plane.actor, () =>
        question(plane).then(
          (value) => answer(() => resolve(value)),
          (error) => answer(() => reject(error)),
        ),
      )
    })
  }
}

/** One direction of a stream: first in, first out. */
class Lane {
  #arrives = 0

  constructor(
    readonly network: Network,
    readonly receiver: Actor,
  ) {}

  carry(deliver: () => void): void {
    const { clock } = this.network.options
    this.#arrives = Math.max(this.#arrives, clock.now + this.network.latency())
    clock.after(this.#arrives - clock.now, this.receiver, deliver)
  }
}

export class WireStream implements Link {
  readonly worker: Actor
  readonly plane: Plane | undefined
  readonly incarnation: string
  readonly openedAt: number
  readonly #network: Network
  readonly #events: LinkEvents
  readonly #toPlane: Lane
  readonly #toWorker: Lane
  /** The control plane's end, once the hello has arrived. */
  #far: Link | undefined
  #isOpen = true
  #isLost = false

  constructor(network: Network, worker: Actor, hello: Hello, events: LinkEvents) {
    const { clock, random, planes } = network.options
    this.#network = network
    this.worker = worker
    this.incarnation = hello.incarnation
    this.openedAt = clock.now
    this.#events = events
    this.plane = planes().length > 0 ? random.oneOf(planes()) : undefined
    this.#toWorker = new Lane(network, worker)
    this.#toPlane = new Lane(network, this.plane?.actor ?? worker)
    network.streams.add(this)
    const { plane } = this
    if (plane) this.#toPlane.carry(() => this.#arrive(plane, hello))
    else this.#toWorker.carry(() => this.#closeNear('refused'))
  }

  #arrive(plane: Plane, hello: Hello): void {
    this.#far = plane.engine.controlPlane.open(hello, {
      receive: (message) => this.#hear(message),
      closed: (why) => this.#toWorker.carry(() => this.#closeNear(why)),
    })
  }

  send(message: WorkerMessage): void {
    if (!this.#isOpen || !this.worker.alive) return
    this.#network.options.say(this.worker, () => `→ ${this.plane?.actor.name} ${described(message)}`)
    for (let n = this.#copies(message); n > 0; n -= 1) {
      this.#toPlane.carry(() => {
        if (!this.#isLost) this.#far?.send(message)
      })
    }
  }

  /** How often a message arrives. */
  #copies(message: WorkerMessage): number {
    if (!('task' in message)) return 1
    const chance = this.#network.options.random.next()
    if (chance < twiceShare) return 2
    return message.kind === 'emit' && chance > 1 - lostShare ? 0 : 1
  }

  #hear(message: ControlMessage): void {
    const { plane } = this
    if (plane) this.#network.options.say(plane.actor, () => `→ ${this.worker.name} ${described(message)}`)
    this.#toWorker.carry(() => {
      if (this.#isOpen && !this.#isLost) this.#events.receive(message)
    })
  }

  /** The worker ends it. */
  close(): void {
    this.#closeNear(null)
    this.#toPlane.carry(() => this.#far?.close())
  }

  #closeNear(why: string | null): void {
    this.#network.streams.delete(this)
    if (!this.#isOpen) return
    this.#isOpen = false
    if (why !== null) this.#events.closed(why)
  }

  /** The line is cut. What is under way is lost, or, where it was only the way back, still arrives. */
  cut(): void {
    const { clock, random } = this.#network.options
    this.#network.streams.delete(this)
    this.#isLost = random.next() < 0.5
    const unnoticed = random.next() < 0.3 ? unnoticedMs : 50
    clock.after(random.next() * 50, this.worker, () => this.#closeNear('cut'))
    if (this.plane) clock.after(random.next() * unnoticed, this.plane.actor, () => this.#far?.close())
  }
}

type AnyMessage = WorkerMessage | ControlMessage

function described(message: AnyMessage): string {
  const { kind } = message
  if (kind === 'task') return `task ${message.assignment.key} of ${nameOf(message.assignment.task)}`
  if (kind === 'finished')
    return `finished ${nameOf(message.task)}, next ${message.next.map(({ key, task }) => `${key} of ${nameOf(task)}`).join()}`
  if ('task' in message) return `${kind} ${nameOf(message.task)}${'number' in message ? ` #${message.number}` : ''}`
  if (kind === 'beat') return `beat ${message.running.map(nameOf).join()}`
  return kind === 'credit' ? `credit ${message.slots}` : kind
}

/** A task by the end of its id: ids of one run differ there. */
export const nameOf = ({ id, attempt }: { id: string; attempt: number }): string => `${id.slice(-6)}:${attempt}`
