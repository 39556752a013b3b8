// A reader of a session's stream over a bare socket, at a pace of its own: it may read nothing at all, a little every second, or
// everything; it may be cut off and come back. Of what it read it keeps the ids.
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Random } from './random.ts'

/** `never` takes no byte after the connection stands; `trickle` a thousand a second; `full` all there is. */
export type Pace = 'never' | 'trickle' | 'full'

const trickleBytes = 100
const trickleMs = 100
const retryMs = 50
/** An id's line is shorter. */
const lineMax = 100

export interface LaggardWish {
  /** `host:port`. */
  address: string
  session: string
  pace: Pace
  random: Random
  /** Said in the request's first bytes, for whoever stands in between. */
  mark?: string
}

export class Laggard {
  readonly ids: string[] = []
  readonly session: string
  /** Made so far. */
  connections = 0
  #pace: Pace
  #address: string
  readonly #wish: LaggardWish
  #socket: Socket | null = null
  /** The line that is not complete yet, and the id of the event that is not. */
  #line = ''
  #id = ''
  #closed = false
  #trickling: NodeJS.Timeout | undefined
  #watchers = new Set<() => void>()

  constructor(wish: LaggardWish) {
    this.#wish = wish
    this.session = wish.session
    this.#pace = wish.pace
    this.#address = wish.address
    this.#open()
  }

  /** Breaks the connection; it comes back, with its cursor. */
  cut(): void {
    this.#socket?.resetAndDestroy()
  }

  /** From now on it reads everything, on a new connection to `address`. */
  comeBack(address: string): void {
    this.#pace = 'full'
    this.#address = address
    this.cut()
  }

  /** Resolves once it has this event; false when it has not after so long. */
  async has(id: string, withinMs: number): Promise<boolean> {
    if (this.ids.at(-1) === id) return true
    const over = new AbortController()
    const seen = new Promise<boolean>((resolve) => {
      this.#watchers.add(() => this.ids.at(-1) === id && resolve(true))
    })
    const late = wait(withinMs, false, { signal: over.signal }).catch(() => false)
    return Promise.race([seen, late]).finally(() => {
      over.abort()
      this.#watchers.clear()
    })
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#trickling)
    this.#socket?.destroy()
  }

  #open(): void {
    const [host, port] = this.#address.split(':')
    const socket = connect(Number(port), host)
    this.#socket = socket
    this.connections += 1
    this.#line = ''
    this.#id = ''
    socket.on('error', () => {})
    socket.on('end', () => socket.destroy())
    socket.on('close', () => void this.#again())
    socket.write(this.#request())
    this.#read(socket)
  }

  async #again(): Promise<void> {
    clearInterval(this.#trickling)
    await wait(retryMs)
    if (!this.#closed) this.#open()
  }

  #request(): string {
    const last = this.ids.at(-1)
    const inHeader = this.#wish.random.next() < 0.5
    const path = `/v1/sessions/${this.session}/sse${last && !inHeader ? `?since_id=${last}` : ''}`
    const header = last && inHeader ? `last-event-id: ${last}\r\n` : ''
    return `GET ${path} HTTP/1.1\r\nhost: ${this.#address}\r\nx-reader: ${this.#wish.mark ?? this.#pace}\r\n${header}\r\n`
  }

  #read(socket: Socket): void {
    if (this.#pace === 'never') socket.pause()
    else if (this.#pace === 'full') socket.on('data', (bytes: Buffer) => this.#take(bytes))
    else {
      socket.pause()
      this.#trickling = setInterval(() => {
        const bytes: Buffer | null = socket.read(Math.max(1, Math.min(trickleBytes, socket.readableLength)))
        if (bytes) this.#take(bytes)
      }, trickleMs)
    }
  }

  /** Line by line, and of long ones only the beginning: what is said is not looked at. */
  #take(bytes: Buffer): void {
    const [first = '', ...rest] = bytes.toString('latin1').split('\n')
    if (this.#line.length < lineMax) this.#line += first.slice(0, lineMax)
    for (const next of rest) {
      this.#hear(this.#line)
      this.#line = next.slice(0, lineMax)
    }
    for (const watch of this.#watchers) watch()
  }

  #hear(line: string): void {
    // Refused, because there are too many or nobody is there yet: asked again.
    if (line.startsWith('HTTP/1.1 ') && !line.startsWith('HTTP/1.1 200')) this.#socket?.destroy()
    else if (line.startsWith('id: ')) this.#id = line.slice('id: '.length)
    else if (line === '' && this.#id) {
      // A copy: a part of a text keeps all of it in memory.
      this.ids.push(Buffer.from(this.#id, 'latin1').toString('latin1'))
      this.#id = ''
    }
  }
}
