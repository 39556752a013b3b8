// The last committed transcript events of sessions that are being worked on, so that the next step's context needs no read.
import { isOfTranscript, type StoredEvent } from '../../contract/events/index.ts'
import type { Uuid } from '../../contract/ids.ts'
import type { ContextEvent } from '../../turn/session-config.ts'

interface Window {
  /** Everything after this sequence is here … */
  after: number
  /** … up to this one. */
  upto: number
  events: ContextEvent[]
  bytes: number
}

const sessionsMax = 2_000
const bytesMax = 256 * 1024

/** Only a cache: what it cannot answer is read from the log. */
export class RecentEvents {
  readonly #windows = new Map<Uuid, Window>()

  /** After the commit, in sequence order per session. */
  add(events: readonly StoredEvent[]): void {
    for (const event of events) this.#add(event)
    for (const oldest of this.#windows.keys()) {
      if (this.#windows.size <= sessionsMax) break
      this.#windows.delete(oldest)
    }
  }

  /** The transcript's events after a sequence up to the log's end, or null when they are not all here: other processes commit too. */
  between(sessionId: Uuid, sequence: number, logEnd: number): ContextEvent[] | null {
    const window = this.#windows.get(sessionId)
    if (!window || window.upto < logEnd) return null
    // A session's first event says that it was started: it is not of the transcript.
    if (window.after > Math.max(sequence, 1)) return null
    return window.events.filter((event) => event.sequence > sequence)
  }

  #add(event: StoredEvent): void {
    const known = this.#windows.get(event.sessionId)
    const window =
      known && known.upto === event.sequence - 1 ? known : { after: event.sequence - 1, upto: 0, events: [], bytes: 0 }
    window.upto = event.sequence
    if (isOfTranscript(event.type)) {
      const { sequence, type, ts, turnId, data } = event
      window.events.push({ sequence, type, ts, turnId, data })
      window.bytes += data.length
    }
    while (window.bytes > bytesMax && window.events.length > 0) {
      const dropped = window.events.shift()
      window.after = dropped?.sequence ?? window.after
      window.bytes -= dropped?.data.length ?? 0
    }
    this.#windows.delete(event.sessionId)
    this.#windows.set(event.sessionId, window)
  }
}
