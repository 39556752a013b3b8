// The in-process feed of committed events: who writes the log publishes here after the commit, readers are fed from it.
// It is only a cache of the log: what a reader cannot take from it, it is given from the log by its cursor.
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { StoredEvent } from '../../contract/events/index.ts'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import { Channel, type Reader } from './channel.ts'
import { FillCaches, Filler } from './fill.ts'
import { type HintLine, sessionHints } from './hints.ts'
import { eventsAfter, headsOf } from './store.ts'

/** An event as it goes to readers: serialised once for all of them. */
export interface WireEvent {
  sequence: number
  /** Wire form, `event_…`. */
  id: string
  type: string
  /** The whole envelope, one line of JSON. */
  text: string
}

/** Which events of which session, from where on. */
export interface Watch {
  sessionId: Uuid
  orgId: Uuid
  /** The sequence after which the reader goes on; 0 = from the beginning. */
  after: number
  /** Types the reader takes; filtered events only move its cursor. */
  wants(type: string): boolean
}

/** Where a reader's events go. */
export interface EventSink {
  /** Takes one event; false = taken, but no more until `resume`. */
  write(event: WireEvent): boolean
  /** The feed gives this reader up: it fell more than 1 MB behind what is new, or the session is gone. */
  end(why: 'slow_reader' | 'error'): void
}

export interface Reading {
  /** After a `write` that answered false: there is room again. */
  resume(): void
  close(): void
}

export interface EventFeed {
  /** After the commit: events of any sessions, each session's in sequence order. Never throws, never blocks. */
  publish(batch: readonly StoredEvent[]): void
  subscribe(watch: Watch, sink: EventSink): Reading
  /** Stops looking for events; whoever has readers ends them. */
  close(): void
}

interface FeedParts {
  /** The engine's connections: one statement looks after sessions of all organisations. */
  db: Kysely<Database>
  hints: HintLine
  log: Logger
  /** How often the heads of watched sessions are looked at, in case a hint was lost. */
  pollMs: number
}

/** The feed of one process. */
export function eventFeed({ db, hints, log, pollMs }: FeedParts): EventFeed {
  const channels = new Map<Uuid, Channel>()
  const caches = new FillCaches()
  const others = sessionHints(hints, {
    changed: (sessionId) => channels.get(sessionId)?.ask(),
    missed: () => void lookAfter(),
  })
  const timer = setInterval(() => void lookAfter(), pollMs)
  let looking = false
  let blind = false

  /** The backstop: one statement for every session that is watched here. */
  async function lookAfter(): Promise<void> {
    if (looking || channels.size === 0) return
    looking = true
    try {
      const watched = [...channels.values()]
      const heads = await headsOf(db, [...channels.keys()])
      for (const channel of watched) reachOrEnd(channel, heads.get(channel.sessionId))
      blind = false
    } catch (error) {
      if (!blind) log.warn({ err: error }, 'the heads of watched sessions cannot be read')
      blind = true
    } finally {
      looking = false
    }
  }

  function channelOf({ sessionId, orgId }: Watch): Channel {
    const existing = channels.get(sessionId)
    if (existing) return existing
    const channel = new Channel(sessionId, {
      filler: new Filler(db, caches),
      readLog: (after, limit) => eventsAfter(db, orgId, sessionId, after, limit),
      failed: (error) => log.warn({ err: error }, 'the log of a watched session could not be read'),
    })
    channels.set(sessionId, channel)
    return channel
  }

  function close(channel: Channel, reader: Reader): void {
    reader.closed = true
    channel.readers.delete(reader)
    if (channel.readers.size === 0 && channels.get(channel.sessionId) === channel) channels.delete(channel.sessionId)
  }

  return {
    publish(batch) {
      for (const events of bySession(batch)) {
        const sessionId = events[0]?.sessionId ?? ''
        channels.get(sessionId)?.feed(events)
        others.tell(sessionId)
      }
    },
    subscribe(watch, sink) {
      const channel = channelOf(watch)
      const reader: Reader = { watch, sink, cursor: watch.after, current: false, stalled: false, missed: 0, closed: false }
      channel.readers.add(reader)
      channel.wake()
      const resume = () => {
        Object.assign(reader, { stalled: false, missed: 0 })
        channel.wake()
      }
      return { resume, close: () => close(channel, reader) }
    },
    close() {
      clearInterval(timer)
      others.close()
    },
  }
}

function reachOrEnd(channel: Channel, head: number | undefined): void {
  if (head !== undefined) channel.reach(head)
  else for (const reader of channel.readers) reader.sink.end('error')
}

/** Runs of one session's events; a batch has each session's events together and in order. */
function bySession(batch: readonly StoredEvent[]): StoredEvent[][] {
  const runs: StoredEvent[][] = []
  for (const event of batch) {
    const run = runs[runs.length - 1]
    const last = run?.[run.length - 1]
    if (run && last?.sessionId === event.sessionId && last.sequence === event.sequence - 1) run.push(event)
    else runs.push([event])
  }
  return runs
}
