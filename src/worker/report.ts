// Everything one attempt has told, or still has to tell, the control plane. It keeps what is not acknowledged, so that after a
// reconnect it can say the same again; the control plane knows what it has seen by the attempt and the numbers.
import type { WorkerMessage } from '../contract/control-plane.ts'
import type { EventDraft } from '../contract/events/index.ts'
import type { TaskRef } from '../contract/workflow.ts'
import { GatheringEmitter } from './emitter.ts'
import { aged, answerChars, bytesOf, type StampedEvent, stamped } from './stamped-event.ts'
import type { StepResult } from './step.ts'
import type { Window } from './window.ts'

export interface ReportPort {
  window: Window
  now(): number
  /** Says nothing where there is no connection: `resend` will. */
  send(message: WorkerMessage): void
  /** Whether the slot may be filled at once by the task that follows. */
  wantsNext(): boolean
}

interface SentEmit {
  number: number
  chars: number
  bytes: number
  events: StampedEvent[]
}

export class Report {
  readonly emit: GatheringEmitter
  readonly #task: TaskRef
  readonly #port: ReportPort
  #emits: SentEmit[] = []
  #lastNumber = 0
  #beginning: { events: StampedEvent[]; resolve(): void } | null = null
  #hasBegun = false
  /** How the attempt ends; made anew for every sending, because its events grow older. */
  #end: (() => WorkerMessage) | null = null
  #held = 0

  constructor(task: TaskRef, port: ReportPort) {
    this.#task = task
    this.#port = port
    this.emit = new GatheringEmitter({
      now: port.now,
      flush: () => this.#flush(),
      gathered: (bytes) => this.#hold(bytes),
      room: () => port.window.room(),
    })
  }

  /** True as soon as the control plane was asked: from then on nobody can say that the effect was not begun. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** The end is said, stored or not. */
  get hasEnded(): boolean {
    return this.#end !== null
  }

  /** What was gathered goes out with it: one write instead of two. */
  begin(events: EventDraft[]): Promise<void> {
    const now = this.#port.now()
    const all = [...this.emit.take(true), ...events.map((event) => stamped(event, now))]
    this.#hasBegun = true
    return new Promise((resolve) => {
      this.#beginning = { events: all, resolve }
      this.#sendBegin(all)
    })
  }

  begun(): void {
    const beginning = this.#beginning
    this.#beginning = null
    beginning?.resolve()
  }

  finish(result: StepResult): void {
    const gathered = this.emit.take(true)
    this.emit.close()
    // A failed attempt is made again and says everything again; what it gathered and nobody has seen is dropped.
    if (result.kind === 'finish') this.#finishWith(gathered, result)
    else if (result.kind === 'fail') this.#say(() => ({ task: this.#task, ...result }))
    else this.#say(() => ({ kind: 'release', tasks: [this.#task], afterMs: result.afterMs }))
  }

  /** Hands the task back untouched. */
  release(): void {
    this.emit.close()
    this.#say(() => ({ kind: 'release', tasks: [this.#task] }))
  }

  /** Emits up to `number` are stored. */
  emitted(number: number): void {
    const stored = this.#emits.filter((sent) => sent.number <= number)
    if (stored.length === 0) return
    this.#emits = this.#emits.filter((sent) => sent.number > number)
    const bytes = stored.reduce((sum, sent) => sum + sent.bytes, 0)
    this.#hold(-bytes)
    this.#port.window.acknowledged(stored.length, bytes)
  }

  /** Says again, in order, whatever is not acknowledged. */
  resend(): void {
    for (const sent of this.#emits) this.#sendEmit(sent)
    if (this.#beginning) this.#sendBegin(this.#beginning.events)
    if (this.#end) this.#port.send(this.#end())
  }

  /** Forgets everything: stored, or lost. */
  close(): void {
    this.emitted(Number.POSITIVE_INFINITY)
    this.emit.close()
    this.#hold(-this.#held)
  }

  #finishWith(
    gathered: StampedEvent[],
    { value, events = [], effects = [], services }: Extract<StepResult, { kind: 'finish' }>,
  ): void {
    const { now, wantsNext } = this.#port
    const at = now()
    const own = events.map((event) => stamped(event, at))
    const all = [...gathered, ...own]
    this.#hold(bytesOf(own) + (effects.length > 0 ? JSON.stringify(effects).length : 0))
    this.#say(() => ({
      kind: 'finish',
      task: this.#task,
      value,
      events: aged(all, now()),
      effects,
      wantsNext: wantsNext(),
      emits: this.#lastNumber,
      ...(services ? { services } : {}),
    }))
  }

  #flush(): void {
    if (this.#end) return
    if (!this.#port.window.isOpen()) {
      this.#port.window.whenOpen(() => this.#flush())
      return
    }
    const events = this.emit.take()
    if (events.length === 0) return
    this.#lastNumber += 1
    const sent = { number: this.#lastNumber, chars: answerChars(events), bytes: bytesOf(events), events }
    this.#emits.push(sent)
    this.#port.window.sent(sent.bytes)
    this.#sendEmit(sent)
  }

  #sendEmit({ number, chars, events }: SentEmit): void {
    this.#port.send({ kind: 'emit', task: this.#task, number, chars, events: aged(events, this.#port.now()) })
  }

  #sendBegin(events: StampedEvent[]): void {
    this.#port.send({ kind: 'begin', task: this.#task, events: aged(events, this.#port.now()) })
  }

  #say(message: () => WorkerMessage): void {
    this.#end = message
    this.#port.send(message())
  }

  #hold(bytes: number): void {
    this.#held += bytes
    this.#port.window.hold(bytes)
  }
}
