// Keeps one stream to the control plane open: opens it, notices when it is gone, and opens the next, slower the longer it fails.
import type { Logger } from 'pino'
import type { ControlMessage, ControlPlane, Hello, Link, WorkerMessage } from '../contract/control-plane.ts'

const firstPauseMs = 50
const longestPauseMs = 1_000
/** A stream that was accepted but never welcomed is worth nothing. */
const welcomeWithinMs = 10_000

type Welcome = Extract<ControlMessage, { kind: 'welcome' }>

export interface ConnectionOptions {
  controlPlane: ControlPlane
  /** Asked for every stream anew. */
  hello(): Hello
  /** The stream is ready; nothing said on an earlier one is certain to have arrived. */
  welcomed(welcome: Welcome): void
  /** Every message but the welcome. */
  receive(message: ControlMessage): void
  broken(): void
  log: Logger
  /** 0 to 1, for the jitter. */
  random(): number
}

export class Connection {
  readonly #options: ConnectionOptions
  #link: Link | null = null
  #ready = false
  #failures = 0
  #timer: NodeJS.Timeout | undefined
  /** Grows with every stream and every break: a late word of an earlier stream is not heard. */
  #stream = 0
  /** Called when the stream is over, once the goodbye was said. */
  #left: (() => void) | null = null

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  open(): void {
    this.#stream += 1
    const mine = this.#stream
    this.#timer = setTimeout(() => this.#lost(mine, 'no welcome came'), welcomeWithinMs)
    const link = this.#options.controlPlane.open(this.#options.hello(), {
      receive: (message) => this.#take(mine, message),
      closed: (why) => this.#lost(mine, why),
    })
    if (mine === this.#stream) this.#link = link
    else link.close()
  }

  /** Goes nowhere while there is no welcomed stream. */
  send(message: WorkerMessage): void {
    if (this.#ready) this.#link?.send(message)
  }

  /**
   * Says goodbye and waits until the other side has taken it and ended the stream, so long at most: a process that ends at once takes its
   * last words with it.
   */
  async leave(withinMs: number): Promise<void> {
    if (this.#ready) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, withinMs)
        this.#left = () => {
          clearTimeout(timer)
          resolve()
        }
        this.send({ kind: 'goodbye' })
      })
    }
    this.close()
  }

  close(): void {
    this.#stream += 1
    this.#ready = false
    clearTimeout(this.#timer)
    this.#link?.close()
  }

  #take(mine: number, message: ControlMessage): void {
    if (mine !== this.#stream) return
    // Within one process the first messages come before `open` has returned the link to answer on.
    if (!this.#link) queueMicrotask(() => this.#take(mine, message))
    else if (message.kind === 'welcome') this.#welcome(message)
    else this.#options.receive(message)
  }

  #welcome(message: Welcome): void {
    clearTimeout(this.#timer)
    this.#options.log.info({ epoch: message.epoch }, 'connected to the control plane')
    this.#failures = 0
    this.#ready = true
    this.#options.welcomed(message)
  }

  #lost(mine: number, why: string): void {
    if (mine !== this.#stream) return
    this.#stream += 1
    clearTimeout(this.#timer)
    this.#link?.close()
    this.#link = null
    if (this.#ready) this.#options.broken()
    this.#ready = false
    if (this.#left) {
      this.#left()
      return
    }
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#failures) * (0.5 + this.#options.random() / 2)
    this.#options.log[this.#failures === 0 ? 'warn' : 'debug'](
      { why, pause_ms: Math.round(pauseMs) },
      'no stream to the control plane',
    )
    this.#failures += 1
    this.#timer = setTimeout(() => this.open(), pauseMs)
  }
}
