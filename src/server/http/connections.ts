// How many connections may be open at once. A process without file descriptors can neither answer nor reach its database, so some are kept
// back: whoever comes when the others are taken is told to come back, and who was there goes on.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { Problem } from '../../contract/problem.ts'

const retryAfterSeconds = 5
/** Connections beyond the limit that are there to be refused; more are dropped without an answer. */
const refusedAtOnce = 48

export class Connections {
  readonly #max: number
  readonly #surplus = new WeakSet<Socket>()
  #open = 0

  /** `max`: over all servers that are watched. */
  constructor(max: number) {
    this.#max = max
  }

  watch(server: Server): void {
    server.on('connection', (socket) => {
      if (this.#open >= this.#max + refusedAtOnce) return void socket.destroy()
      if (this.#open >= this.#max) this.#surplus.add(socket)
      this.#open += 1
      socket.once('close', () => {
        this.#open -= 1
      })
    })
  }

  /** True for a connection that came when there was no room: it is closed after its first answer. */
  isSurplus(socket: Socket): boolean {
    return this.#surplus.has(socket)
  }
}

export const noRoom = (): Problem =>
  new Problem('unavailable', 'Too many connections are open at the moment. Try again shortly.', {
    code: 'too_many_connections',
    retryAfterSeconds,
  })
