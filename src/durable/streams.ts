// The workers connected to this process: free slots, what each was given, and who gets the next task.
import type { ControlMessage, Hello } from '../contract/control-plane.ts'
import type { Uuid } from '../contract/ids.ts'
import type { TaskRef } from '../contract/workflow.ts'
import type { Heartbeat } from './leases.ts'

export interface Assigned {
  ref: TaskRef
  sessionId: Uuid
  orgId: Uuid
  workflowId: Uuid
  /** Process clock, ms: only compared with this process's own readings. */
  since: number
}

/** One open stream. */
export interface Stream {
  hello: Hello
  epoch: number
  credit: number
  draining: boolean
  accepting: boolean
  /** The newest beat that is not stored yet. */
  beat: Heartbeat | null
  /** When its worker last said that it lives, and its lease held; after a silence, when a renewal of the lease was stored. Process clock, ms. */
  aliveAt: number
  assigned: Map<Uuid, Assigned>
  /** What contexts this worker was sent; forgotten with the stream. */
  memory: Map<string, unknown>
  send(message: ControlMessage): void
}

export interface Beaten {
  stream: Stream
  beat: Heartbeat
}

export interface StreamsOptions {
  /**
   * A worker without a beat for so long is given nothing until its lease is renewed: the lease is about to end or has ended, and the next
   * sweep would take a new task away at once, and charge it with the worker's death. Less than a lease, more than a beat; ms.
   */
  silentMs: number
  /** Process clock, ms. */
  clock(): number
}

/** One entry for each slot; and the steps they are for. */
export interface FreeSlots {
  /** As `releaseOf` names it. */
  release: string
  incarnations: Uuid[]
  kinds: string[]
}

/** Up to so many workers the fullest of all is found. */
const fewStreams = 8

export class Streams {
  readonly #options: StreamsOptions
  readonly #streams = new Map<Uuid, Stream>()
  #turn = this.#streams.values()

  constructor(options: StreamsOptions) {
    this.#options = options
  }

  add(stream: Stream): void {
    this.#streams.set(stream.hello.incarnation, stream)
  }

  /** False when a newer stream of the same incarnation has taken its place. */
  remove(stream: Stream): boolean {
    if (this.#streams.get(stream.hello.incarnation) !== stream) return false
    return this.#streams.delete(stream.hello.incarnation)
  }

  get(incarnation: Uuid): Stream | undefined {
    return this.#streams.get(incarnation)
  }

  all(): Stream[] {
    return [...this.#streams.values()]
  }

  /** A beat of its worker: to be stored with the next renewal. */
  beat(stream: Stream, load: number, accepting: boolean): void {
    const { hello, epoch } = stream
    stream.accepting = accepting
    stream.beat = { incarnation: hello.incarnation, epoch, load, accepting }
    if (this.#isAlive(stream)) stream.aliveAt = this.#options.clock()
  }

  /** The beats to be stored. */
  beaten(): Beaten[] {
    const beaten: Beaten[] = []
    for (const stream of this.#streams.values()) if (stream.beat) beaten.push({ stream, beat: stream.beat })
    return beaten
  }

  /** Their leases were renewed, at this time of the process clock or later. True when one of them had been silent too long. */
  renewed(renewals: readonly Beaten[], at: number): boolean {
    let isBack = false
    for (const { stream, beat } of renewals) {
      if (stream.beat === beat) stream.beat = null
      isBack ||= !this.#isAlive(stream)
      stream.aliveAt = Math.max(stream.aliveAt, at)
    }
    return isBack
  }

  /** Whether its worker may be given a task, if it has a slot. */
  mayBeGiven(stream: Stream): boolean {
    return !stream.draining && this.#isAlive(stream)
  }

  #isAlive({ aliveAt }: Stream): boolean {
    const { clock, silentMs } = this.#options
    return clock() - aliveAt < silentMs
  }

  /**
   * Takes a slot of a stream that has one, the fuller of a few in turn: looking at all of a thousand for every task would cost more than the
   * task. Null when nobody who knows the step has one.
   */
  place(kind: string): Uuid | null {
    const best = this.#bestOfNext(kind, fewStreams) ?? this.#bestOfNext(kind, this.#streams.size)
    if (!best) return null
    best.credit -= 1
    return best.hello.incarnation
  }

  /** Of so many streams after those that were looked at last, the one with most slots. */
  #bestOfNext(kind: string, count: number): Stream | undefined {
    let best: Stream | undefined
    for (let n = 0; n < count; n += 1) {
      const stream = this.#next()
      if (stream && this.#isOpen(stream) && stream.hello.kinds.includes(kind) && (!best || stream.credit > best.credit))
        best = stream
    }
    return best
  }

  /** Each in turn, for ever; a stream that is gone ends the round a little early or late. */
  #next(): Stream | undefined {
    let next = this.#turn.next()
    if (next.done) {
      this.#turn = this.#streams.values()
      next = this.#turn.next()
    }
    return next.done ? undefined : next.value
  }

  /** Gives slots back that a transaction which failed had taken. */
  unplace(incarnations: Uuid[]): void {
    for (const incarnation of incarnations) {
      const stream = this.#streams.get(incarnation)
      if (stream) stream.credit += 1
    }
  }

  /** Whether a holder that is connected here can run such a step; of one that is not nothing is known. */
  knows(incarnation: Uuid, kind: string): boolean {
    return this.get(incarnation)?.hello.kinds.includes(kind) ?? true
  }

  /** All steps that somebody connected here can run. */
  kinds(): string[] {
    return [...new Set(this.all().flatMap(({ hello }) => hello.kinds))]
  }

  /**
   * Free slots by the steps they are for. Workers of one release know the same steps and are one group; beside another release each
   * group is given what it knows.
   */
  freeSlots(limit: number): FreeSlots[] {
    const groups = new Map<string, Stream[]>()
    for (const stream of this.all().filter((one) => this.#isOpen(one))) {
      const group = groups.get(releaseOf(stream))
      if (group) group.push(stream)
      else groups.set(releaseOf(stream), [stream])
    }
    return [...groups].map(([release, group]) => ({
      release,
      incarnations: slotsOf(group, limit),
      kinds: group[0]?.hello.kinds ?? [],
    }))
  }

  load(): { streams: number; freeSlots: number } {
    const open = this.all().filter((stream) => this.#isOpen(stream))
    return { streams: this.#streams.size, freeSlots: open.reduce((sum, { credit }) => sum + credit, 0) }
  }

  #isOpen(stream: Stream): boolean {
    return stream.credit > 0 && stream.accepting && this.mayBeGiven(stream)
  }
}

/** Equal for workers that know the same steps. */
export const releaseOf = ({ hello }: Stream): string => hello.kinds.join(' ')

/** One entry for each free slot, spread over the streams. */
function slotsOf(streams: readonly Stream[], limit: number): Uuid[] {
  const incarnations: Uuid[] = []
  for (let round = 1; incarnations.length < limit; round += 1) {
    const before = incarnations.length
    for (const stream of streams)
      if (stream.credit >= round && incarnations.length < limit) incarnations.push(stream.hello.incarnation)
    if (incarnations.length === before) break
  }
  return incarnations
}
