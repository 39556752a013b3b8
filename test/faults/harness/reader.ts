// A reader of a session's stream as the SDKs are: it keeps the id of the last event, and after every break goes on from there, at
// whichever control plane answers.
import { setTimeout as wait } from 'node:timers/promises'
import { openStream, type SseReader } from '../../support/sse.ts'
import type { WireEvent } from './wire.ts'

export interface Received extends WireEvent {
  /** When it came; Date.now(). */
  at: number
}

const retryMs = 40

export class Reader {
  readonly events: Received[] = []
  /** Made so far. */
  connections = 0
  readonly #urls: () => string[]
  readonly #session: string
  #stream: SseReader | null = null
  #closed = false
  #watchers = new Set<() => void>()

  constructor(urls: () => string[], session: string) {
    this.#urls = urls
    this.#session = session
    void this.#read()
  }

  /** Breaks the connection; the reader comes back by itself. */
  cut(): void {
    this.#stream?.close()
  }

  close(): void {
    this.#closed = true
    this.cut()
  }

  /** Resolves when an event fits, come or to come; rejects after `withinMs`. */
  async until(what: string, fits: (event: Received) => boolean, withinMs: number): Promise<Received> {
    const found = () => this.events.find(fits)
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(look)
        reject(new Error(`${what} did not come within ${withinMs} ms; the last event was ${this.events.at(-1)?.type}`))
      }, withinMs)
      const look = () => {
        if (!found()) return
        clearTimeout(timer)
        this.#watchers.delete(look)
        resolve()
      }
      this.#watchers.add(look)
      look()
    })
    // Just seen by `look`.
    return found() as Received
  }

  /** Resolves when the session has come to rest after the event with this sequence. */
  idleAfter(sequence: number, withinMs: number): Promise<Received> {
    return this.until('the end of the turn', (event) => event.type === 'session.idled' && event.sequence > sequence, withinMs)
  }

  async #read(): Promise<void> {
    for (let turn = 0; !this.#closed; turn += 1) {
      const urls = this.#urls()
      await this.#follow(urls[turn % urls.length] ?? '').catch(() => {})
      if (!this.#closed) await wait(retryMs)
    }
  }

  async #follow(url: string): Promise<void> {
    const last = this.events.at(-1)
    const stream = await openStream(`${url}/v1/sessions/${this.#session}/sse${last ? `?since_id=${last.id}` : ''}`)
    this.#stream = stream
    this.connections += 1
    if (this.#closed) stream.close()
    let taken = 0
    const take = () => {
      for (const frame of stream.frames.slice(taken)) if (frame.id && frame.data) this.#take(frame.data)
      taken = stream.frames.length
    }
    stream.response.on('data', take)
    take()
    await stream.ended
  }

  #take(data: string): void {
    // Frames hold what the product's event schema says; the checks compare it with the log.
    this.events.push({ ...(JSON.parse(data) as WireEvent), at: Date.now() })
    for (const watch of [...this.#watchers]) watch()
  }
}
