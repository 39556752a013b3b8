// LISTEN/NOTIFY on one connection of its own: tells other processes that there is something to look at. Only a hint, never the
// news itself: it may be lost, and whoever listens also polls.
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'

interface Listener {
  receive(payload: string): void
  /** Something may have been missed: called whenever listening begins, at first and after every break. */
  missed(): void
}

export interface Hint {
  /** Says `payload` (less than 7,900 bytes) to every listener of the channel, this process included. Call it after the commit. */
  publish(channel: string, payload: string): void
  /** Returns how to stop listening. */
  subscribe(channel: string, listener: Listener): () => void
  close(): Promise<void>
}

export interface HintOptions {
  /** Past a pooler: what is listened to belongs to the connection. */
  url: string
  /** How often the connection is asked whether it still listens, and how long it may take to answer. 4 s unless said. */
  checkMs?: number
  warn?(sentence: string): void
}

const largestPayload = 7_900
const firstRetryMs = 100
const longestRetryMs = 5_000
const usualCheckMs = 4_000

/** Begins to connect at once and never stops trying; publishing without a connection is forgotten. */
export const openHint = (options: HintOptions): Hint => new Connection(options)

class Connection implements Hint {
  readonly #options: HintOptions
  readonly #listeners = new Map<string, Set<Listener>>()
  /** Said since the last statement left: one statement says them all. */
  #unsaid = new Map<string, Set<string>>()
  #saying = false
  #client: pg.Client | null = null
  readonly #closing = new AbortController()
  readonly #running: Promise<void>

  constructor(options: HintOptions) {
    this.#options = options
    this.#running = this.#stayConnected()
  }

  publish(channel: string, payload: string): void {
    if (Buffer.byteLength(payload) >= largestPayload) throw new Error(`A hint of ${payload.length} characters is too long.`)
    const payloads = this.#unsaid.get(channel) ?? new Set()
    this.#unsaid.set(channel, payloads.add(payload))
    if (!this.#saying) void this.#say()
  }

  subscribe(channel: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(channel) ?? new Set()
    const isFirst = listeners.size === 0
    this.#listeners.set(channel, listeners.add(listener))
    if (this.#client && isFirst) this.#listen(this.#client, channel)
    else if (this.#client) queueMicrotask(() => listener.missed())
    return () => this.#unsubscribe(channel, listener)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#client?.end().catch(() => {})
    await this.#running
  }

  #unsubscribe(channel: string, listener: Listener): void {
    const listeners = this.#listeners.get(channel)
    if (!listeners?.delete(listener) || listeners.size > 0) return
    this.#listeners.delete(channel)
    this.#client?.query(`unlisten ${pg.escapeIdentifier(channel)}`).catch(() => {})
  }

  /** While one statement is on its way, the next hints gather. */
  async #say(): Promise<void> {
    this.#saying = true
    await null
    while (this.#unsaid.size > 0) {
      const said = [...this.#unsaid].flatMap(([channel, payloads]) => [...payloads].map((payload) => [channel, payload]))
      this.#unsaid = new Map()
      await this.#client
        ?.query('select pg_notify(channel, payload) from unnest($1::text[], $2::text[]) as said (channel, payload)', [
          said.map(([channel]) => channel),
          said.map(([, payload]) => payload),
        ])
        .catch(() => {})
    }
    this.#saying = false
  }

  #tell(channel: string, what: (listener: Listener) => void): void {
    for (const listener of this.#listeners.get(channel) ?? []) what(listener)
  }

  #listen(client: pg.Client, channel: string): void {
    client.query(`listen ${pg.escapeIdentifier(channel)}`).then(
      () => this.#tell(channel, (listener) => listener.missed()),
      () => client.end().catch(() => {}),
    )
  }

  async #stayConnected(): Promise<void> {
    for (let retryMs = firstRetryMs; !this.#closing.signal.aborted; retryMs = Math.min(retryMs * 2, longestRetryMs)) {
      try {
        await this.#connected(() => {
          retryMs = firstRetryMs
        })
      } catch (error) {
        this.#options.warn?.(`Hints between processes are lost for now: ${error instanceof Error ? error.message : error}`)
      }
      await this.#pause(retryMs)
    }
  }

  /** One connection, from its beginning to its end. */
  async #connected(began: () => void): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.url,
      application_name: 'everruns hints',
      pipeline: true,
      keepAlive: true,
      connectionTimeoutMillis: usualCheckMs,
      query_timeout: this.#options.checkMs ?? usualCheckMs,
    })
    const ended = new Promise<void>((resolve) => client.once('end', resolve))
    client.on('error', () => {})
    client.on('notification', ({ channel, payload = '' }) => this.#tell(channel, (listener) => listener.receive(payload)))
    try {
      await client.connect()
      if (this.#closing.signal.aborted) return
      began()
      this.#client = client
      for (const channel of this.#listeners.keys()) this.#listen(client, channel)
      await Promise.race([ended, this.#watch(client)])
    } finally {
      this.#client = null
      await client.end().catch(() => {})
    }
  }

  /** Ends when the connection no longer listens to what it should: a silent break, or a pooler in between. */
  async #watch(client: pg.Client): Promise<void> {
    for (;;) {
      await this.#pause(this.#options.checkMs ?? usualCheckMs)
      if (this.#closing.signal.aborted || this.#client !== client) return
      const expected = [...this.#listeners.keys()]
      const { rows } = await client.query('select pg_listening_channels() as channel')
      const heard = new Set(rows.map(({ channel }) => channel))
      if (!expected.every((channel) => heard.has(channel))) throw new Error('the connection does not listen any more')
    }
  }

  async #pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.#closing.signal }).catch(() => {})
  }
}
