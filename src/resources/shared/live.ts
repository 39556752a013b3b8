// Pictures of something that changes: whoever watches is shown the latest, and a new one whenever it differs. One look serves all
// watchers of a process; without watchers nothing is looked at.
import type { Logger } from 'pino'
import type { Uuid } from '../../contract/ids.ts'
import { toJsonText } from '../../contract/json.ts'

/** One frame of a stream: the whole picture, so a watcher that missed some has lost nothing. */
export interface LiveFrame {
  event: 'snapshot'
  /** JSON text. */
  data: string
  /** When a watcher that lost its stream should come back: sooner while things happen. */
  retryMs: number
}

export interface LiveSink {
  /** False = not taken; it is shown again, or a newer one, after `resume`. */
  show(frame: LiveFrame): boolean
  end(why: 'error'): void
}

/** What a transport needs to stream it. */
export interface Live {
  orgId: Uuid
  topic: Topic
}

/** `calm`: the part of the picture that does not count as something happening. Null when there is nothing to see any more. */
export type Look = () => Promise<{ picture: object; calm?: object } | null>

interface Watcher {
  sink: LiveSink
  shown: LiveFrame | null
}

const everyMs = 1_000
const busyRetryMs = 1_000
const idleRetryMs = 20_000

export class Topic {
  readonly #look: Look
  readonly #log: Logger
  readonly #watchers = new Set<Watcher>()
  #latest: LiveFrame | null = null
  #essence = ''
  #timer: NodeJS.Timeout | undefined
  #looking = false

  constructor(look: Look, log: Logger) {
    this.#look = look
    this.#log = log
  }

  get watched(): boolean {
    return this.#watchers.size > 0
  }

  follow(sink: LiveSink): { resume(): void; close(): void } {
    const watcher: Watcher = { sink, shown: null }
    this.#watchers.add(watcher)
    void this.#next()
    return {
      resume: () => this.#show(watcher),
      close: () => void this.#watchers.delete(watcher),
    }
  }

  /** Looks now, and again after a while as long as somebody watches. */
  async #next(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    clearTimeout(this.#timer)
    try {
      await this.#refresh()
    } catch (error) {
      this.#log.warn({ err: error }, 'live figures could not be read')
    }
    this.#looking = false
    if (this.watched) this.#timer = setTimeout(() => void this.#next(), everyMs)
  }

  async #refresh(): Promise<void> {
    const seen = await this.#look()
    if (seen === null) {
      for (const { sink } of this.#watchers) sink.end('error')
      return
    }
    const essence = toJsonText(seen.picture)
    const data = seen.calm ? toJsonText({ ...seen.picture, ...seen.calm }) : essence
    if (data !== this.#latest?.data) {
      const retryMs = essence === this.#essence ? idleRetryMs : busyRetryMs
      this.#latest = { event: 'snapshot', data, retryMs }
      this.#essence = essence
    }
    for (const watcher of this.#watchers) this.#show(watcher)
  }

  #show(watcher: Watcher): void {
    if (this.#latest === null || watcher.shown === this.#latest) return
    if (watcher.sink.show(this.#latest)) watcher.shown = this.#latest
  }
}

/** Topics by key, each for as long as somebody watches it. */
export class Topics {
  readonly #topics = new Map<string, Topic>()
  readonly #log: Logger

  constructor(log: Logger) {
    this.#log = log
  }

  of(key: string, look: Look): Topic {
    for (const [known, topic] of this.#topics) if (!topic.watched && known !== key) this.#topics.delete(known)
    const topic = this.#topics.get(key) ?? new Topic(look, this.#log)
    this.#topics.set(key, topic)
    return topic
  }
}
