// One watched session: its readers, what was just committed, and one shared read of the log for those who are behind.
import type { StoredEvent } from '../../contract/events/index.ts'
import type { Uuid } from '../../contract/ids.ts'
import type { EventSink, Watch, WireEvent } from './feed.ts'
import type { Filler } from './fill.ts'

export interface Reader {
  watch: Watch
  sink: EventSink
  /** The last sequence it was given or passed over. */
  cursor: number
  /** False until it was seen to have reached the end of the log. */
  current: boolean
  /** Its sink is full; nothing is written until it resumes. */
  stalled: boolean
  /** Characters of data that went by while it was stalled. */
  missed: number
  closed: boolean
}

export interface ChannelParts {
  filler: Pick<Filler, 'observe' | 'fill'>
  readLog(after: number, limit: number): Promise<StoredEvent[]>
  /** A read of the log failed; the channel tries again when it is nudged. */
  failed(error: unknown): void
}

const pageEvents = 256
/** Fed events that wait while the log is read; beyond it the log is read instead. */
const maxFed = 2_000
/** New data that a reader may leave lying before it is cut off. */
const maxMissed = 1024 * 1024
/** Writes after which others get their turn. */
const writesPerTurn = 128

export class Channel {
  readonly readers = new Set<Reader>()
  readonly sessionId: Uuid
  private readonly parts: ChannelParts
  private fed: StoredEvent[][] = []
  private fedEvents = 0
  /** The last sequence known to be committed. */
  private head = 0
  private running = false
  /** The last read failed. */
  private retry = false
  private asked = 0
  private turn = 0

  constructor(sessionId: Uuid, parts: ChannelParts) {
    this.sessionId = sessionId
    this.parts = parts
  }

  /** Takes events of one commit, contiguous and in order. */
  feed(events: StoredEvent[]): void {
    this.head = Math.max(this.head, lastOf(events))
    this.fed.push(events)
    this.fedEvents += events.length
    if (this.fedEvents > maxFed) this.dropFed()
    this.wake()
  }

  /** There may be more than the readers were given; only the log knows. */
  ask(): void {
    this.asked += 1
    for (const reader of this.readers) reader.current = false
    this.wake()
  }

  /** The log is known to reach `head`. */
  reach(head: number): void {
    if (head <= this.head && !this.retry) return
    this.head = Math.max(this.head, head)
    this.wake()
  }

  wake(): void {
    if (this.running) return
    this.running = true
    // Two turns of the loop: what the same commit gives workers to do leaves first, and they work while readers are written to.
    setImmediate(() => setImmediate(() => void this.work()))
  }

  private async work(): Promise<void> {
    try {
      // The loop ends in the same breath in which it finds nothing to do; so no wake can be missed.
      for (let next = this.next(); next; next = this.next()) await next()
      this.retry = false
    } catch (error) {
      this.dropFed()
      this.retry = true
      this.parts.failed(error)
    } finally {
      this.running = false
    }
  }

  private next(): (() => Promise<void>) | undefined {
    const batch = this.fed.shift()
    if (batch) return () => this.hand(batch)
    const behind = [...this.readers].filter((reader) => !reader.stalled && (!reader.current || reader.cursor < this.head))
    const first = behind[this.turn++ % behind.length]
    return first && (() => this.catchUp(first.cursor, behind))
  }

  private async hand(batch: StoredEvent[]): Promise<void> {
    this.fedEvents -= batch.length
    const size = batch.reduce((sum, event) => sum + event.data.length, 0)
    for (const reader of this.readers) if (reader.stalled) this.miss(reader, size)
    await this.deliverAll(batch, (batch[0]?.sequence ?? 1) - 1)
  }

  /** Events in order, nothing between them; `before` is the sequence they follow. */
  private async deliverAll(events: readonly StoredEvent[], before: number): Promise<void> {
    let previous = before
    for (const event of events) {
      const delivered = this.deliver(event, previous)
      if (delivered) await delivered
      previous = event.sequence
    }
  }

  private miss(reader: Reader, size: number): void {
    reader.missed += size
    if (reader.missed > maxMissed) reader.sink.end('slow_reader')
  }

  /**
   * Gives one event to every reader that was given what is before it; at once where nothing has to be loaded and they are few. One that
   * came, or resumed, while an earlier event of the same run was being written lacks that event, and catches up from the log.
   */
  private deliver(event: StoredEvent, previous: number): Promise<void> | undefined {
    this.parts.filler.observe(event)
    const takers = this.takersOf(event, previous)
    if (takers.length === 0) return undefined
    const filled = this.parts.filler.fill(event)
    return filled instanceof Promise ? filled.then((wire) => writeTo(takers, wire)) : writeTo(takers, filled)
  }

  /** Of those who were given what is before the event, those who want it; the others have passed it over. */
  private takersOf(event: StoredEvent, previous: number): Reader[] {
    const takers: Reader[] = []
    for (const reader of this.readers) {
      if (reader.stalled || reader.cursor < previous || reader.cursor >= event.sequence) continue
      if (reader.watch.wants(event.type)) takers.push(reader)
      else reader.cursor = event.sequence
    }
    return takers
  }

  /** One page of the log for one reader, and for all whose cursor lies in it. Each reader behind gets its turn. */
  private async catchUp(from: number, behind: readonly Reader[]): Promise<void> {
    const { head, asked } = this
    const events = await this.parts.readLog(from, pageEvents)
    this.head = Math.max(this.head, lastOf(events))
    await this.deliverAll(events, from)
    if (events.length === pageEvents) return
    const end = Math.max(from, lastOf(events))
    for (const reader of behind) {
      if (reader.stalled || reader.cursor < end) continue
      // All that was committed before the read was in it: what is missing up to the known head was compacted away.
      reader.cursor = Math.max(reader.cursor, head)
      reader.current = asked === this.asked
    }
  }

  private dropFed(): void {
    this.fed = []
    this.fedEvents = 0
  }
}

const lastOf = (events: readonly StoredEvent[]): number => events[events.length - 1]?.sequence ?? 0

function writeTo(readers: readonly Reader[], event: WireEvent): Promise<void> | undefined {
  if (readers.length > writesPerTurn) return writeInTurns(readers, event)
  for (const reader of readers) writeOne(reader, event)
  return undefined
}

async function writeInTurns(readers: readonly Reader[], event: WireEvent): Promise<void> {
  for (const [index, reader] of readers.entries()) {
    if (index > 0 && index % writesPerTurn === 0) await new Promise((resolve) => setImmediate(resolve))
    writeOne(reader, event)
  }
}

function writeOne(reader: Reader, event: WireEvent): void {
  if (reader.closed) return
  reader.cursor = event.sequence
  if (!reader.sink.write(event)) reader.stalled = true
}
