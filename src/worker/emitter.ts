// What a step says while it runs. Events gather for a moment, so that a quick step sends everything with its Finish; the pieces of
// a long answer gather longer the older it grows, so that nobody pays a commit per token.
import { draft, type EventData, type EventDraft, type EventType } from '../contract/events/index.ts'
import { type StampedEvent, stamped } from './stamped-event.ts'

const lingerMs = 4
const shortestMs = 30
const longestMs = 250
/** How much longer pieces gather per millisecond of the text's age. */
const growth = 1 / 40

/** Draws up the event of a piece; `offset` is the number of characters (UTF-16 units) of the text before it. */
export type MakePiece = (delta: string, offset: number) => EventDraft

/** What a step sees. */
export interface Emitter {
  event<T extends EventType>(type: T, data: EventData<T>): void
  /** One more piece of the growing text named `stream`; pieces of it that meet before a flush become one event. */
  piece(stream: string, delta: string, make: MakePiece): void
  /** Resolves at once unless too much waits for the control plane; a producer asks before it goes on. */
  room(): Promise<void>
}

export interface EmitterPort {
  /** Milliseconds of a clock that never goes back. */
  now(): number
  /** It is time to `take` and send. Where nothing may be sent now, the port comes back later. */
  flush(): void
  /** Counts the bytes that wait here; negative when they go. */
  gathered(bytes: number): void
  room(): Promise<void>
}

interface OpenPiece {
  stream: string
  text: string
  at: number
  make: MakePiece
}

export class GatheringEmitter implements Emitter {
  readonly #port: EmitterPort
  readonly #offsets = new Map<string, number>()
  #events: StampedEvent[] = []
  #open: OpenPiece | null = null
  #timer: NodeJS.Timeout | null = null
  #flushedAt = Number.NEGATIVE_INFINITY
  #textSince: number | null = null
  #closed = false

  constructor(port: EmitterPort) {
    this.#port = port
  }

  event<T extends EventType>(type: T, data: EventData<T>): void {
    if (this.#closed) return
    this.#settle(false)
    this.#add(draft(type, data), this.#port.now())
    this.#schedule()
  }

  piece(stream: string, delta: string, make: MakePiece): void {
    if (this.#closed || delta === '') return
    if (this.#open?.stream !== stream) this.#settle(false)
    const now = this.#port.now()
    this.#textSince ??= now
    this.#open = { stream, text: (this.#open?.text ?? '') + delta, at: this.#open?.at ?? now, make }
    this.#port.gathered(delta.length)
    this.#schedule()
  }

  room(): Promise<void> {
    return this.#port.room()
  }

  /** Hands over everything gathered, in order. `last`: the text is over, no half character waits for its other half. */
  take(last = false): StampedEvent[] {
    this.#settle(!last)
    this.#flushedAt = this.#port.now()
    this.#clearTimer()
    const taken = this.#events
    this.#events = []
    return taken
  }

  /** Takes nothing any more; no timer stands. */
  close(): void {
    this.#closed = true
    this.#open = null
    this.#events = []
    this.#clearTimer()
  }

  #add(event: EventDraft, at: number): void {
    const one = stamped(event, at)
    this.#events.push(one)
    this.#port.gathered(one.bytes)
  }

  /** Turns the open piece into an event. `keepHalf`: a surrogate without its partner stays for the next piece. */
  #settle(keepHalf: boolean): void {
    const piece = this.#open
    if (!piece) return
    const cut = keepHalf && /[\ud800-\udbff]$/.test(piece.text) ? piece.text.length - 1 : piece.text.length
    this.#open = cut < piece.text.length ? { ...piece, text: piece.text.slice(cut) } : null
    if (cut === 0) return
    const offset = this.#offsets.get(piece.stream) ?? 0
    this.#offsets.set(piece.stream, offset + cut)
    this.#port.gathered(-cut)
    this.#add(piece.make(piece.text.slice(0, cut), offset), piece.at)
  }

  #schedule(): void {
    if (this.#timer) return
    const now = this.#port.now()
    const dueMs = Math.max(lingerMs, this.#flushedAt + this.#intervalMs(now) - now)
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#port.flush()
    }, dueMs)
  }

  #intervalMs(now: number): number {
    const age = this.#textSince === null ? 0 : now - this.#textSince
    return Math.min(longestMs, shortestMs + age * growth)
  }

  #clearTimer(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }
}
