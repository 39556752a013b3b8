// A network that can fail, between two processes of one machine: everything sent to its address goes on to another, until it is told
// otherwise. What it was told holds for new connections too.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** Where a server listens: a port of this machine, or a Unix socket. */
type Place = { port: number; host: string } | { path: string }

/** `open`: bytes pass. `silent`: none do, and nobody is told. `slow`: each piece comes so much later. `cut`: reset after so many bytes. */
export type Mode = { kind: 'open' } | { kind: 'silent' } | { kind: 'slow'; ms: number } | { kind: 'cut'; afterBytes: number }

interface Pair {
  near: Socket
  far: Socket
  /** The first bytes the near side sent: a client of PostgreSQL says its name in them. */
  said: string
  /** What a mode that is not everybody's says. */
  own: Mode | null
  passed: number
}

export class Network {
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #target: Place
  #mode: Mode = { kind: 'open' }
  #resume: (() => void)[] = []

  private constructor(target: Place) {
    this.#target = target
    this.#server = createServer((near) => this.#join(near))
  }

  /** `at`: the path of a Unix socket to listen on; left out: a free port. */
  static async open(target: Place, at?: string): Promise<Network> {
    const network = new Network(target)
    if (at) network.#server.listen(at)
    else network.#server.listen(0, '127.0.0.1')
    await once(network.#server, 'listening')
    return network
  }

  get address(): string {
    // A server that listens on a port has an AddressInfo.
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** For every connection, now and later. */
  set(mode: Mode): void {
    this.#mode = mode
    for (const pair of this.#pairs) pair.own = null
    this.#wake()
  }

  /** Only for connections that stand now and whose first bytes hold `said`; answers how many. */
  setWhere(said: string, mode: Mode): number {
    const found = [...this.#pairs].filter((pair) => pair.said.includes(said))
    for (const pair of found) pair.own = mode
    this.#wake()
    return found.length
  }

  /** Breaks every connection whose first bytes hold `said`, with a reset. */
  reset(said = ''): void {
    for (const pair of this.#pairs) if (pair.said.includes(said)) breakOff(pair)
  }

  /** Where new connections go from now on; those that stand stay. */
  moveTo(target: Place): void {
    this.#target = target
  }

  async close(): Promise<void> {
    this.set({ kind: 'open' })
    for (const { near, far } of this.#pairs) for (const socket of [near, far]) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(near: Socket): void {
    const pair: Pair = { near, far: new Socket(), said: '', own: null, passed: 0 }
    pair.far = connect(this.#target)
    this.#pairs.add(pair)
    const [there, back] = [this.#carry(pair, near, pair.far), this.#carry(pair, pair.far, near)]
    near.on('data', (bytes: Buffer) => {
      if (pair.said.length < firstBytes) pair.said += bytes.toString('latin1')
      there(bytes)
    })
    pair.far.on('data', back)
    this.#endTogether(pair)
  }

  /** One end's end is the other's, once what came before has passed. */
  #endTogether(pair: Pair): void {
    for (const [from, to] of [
      [pair.near, pair.far],
      [pair.far, pair.near],
    ] as const) {
      from.on('error', () => {})
      from.on('close', async () => {
        while (this.#modeOf(pair).kind === 'silent') await new Promise<void>((resolve) => this.#resume.push(resolve))
        this.#pairs.delete(pair)
        to.end()
      })
    }
  }

  /** Bytes one way, in order, as the mode of the moment lets them. */
  #carry(pair: Pair, from: Socket, to: Socket): (bytes: Buffer) => void {
    let last = Promise.resolve()
    return (bytes) => {
      from.pause()
      last = last.then(async () => {
        while (this.#modeOf(pair).kind === 'silent') await new Promise<void>((resolve) => this.#resume.push(resolve))
        await this.#pass(pair, bytes, to)
        if (!from.destroyed) from.resume()
      })
    }
  }

  async #pass(pair: Pair, bytes: Buffer, to: Socket): Promise<void> {
    const mode = this.#modeOf(pair)
    if (mode.kind === 'slow') await wait(mode.ms)
    pair.passed += bytes.length
    if (mode.kind === 'cut' && pair.passed > mode.afterBytes) return breakOff(pair)
    if (to.destroyed || to.write(bytes)) return
    await Promise.race([once(to, 'drain'), once(to, 'close')]).catch(() => {})
  }

  #modeOf = ({ own }: Pair): Mode => own ?? this.#mode

  #wake(): void {
    for (const resume of this.#resume.splice(0)) resume()
  }
}

/** A startup message is shorter. */
const firstBytes = 512

function breakOff({ near, far }: Pair): void {
  // A Unix socket knows no reset: its end is as sudden.
  for (const socket of [near, far]) socket.remoteAddress ? socket.resetAndDestroy() : socket.destroy()
}

export const placeOf = (address: string): Place => {
  const [host = '', port] = address.split(':')
  return { host, port: Number(port) }
}
