// Processes that are to be killed. Loading the product takes longer than starting it, so one of each kind is always loaded ahead.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { processFile } from '../../support/processes.ts'
import type { Order, Reply, StartOrder } from '../processes/obey.ts'

export type Kind = 'server' | 'worker'

/** What stands before the process's own command line, and what is added to its environment. */
export interface Launch {
  command?: readonly string[]
  env?: Record<string, string>
}

export class Child {
  readonly process: ChildProcess
  /** When its end was seen; null while it lives. */
  diedAt: number | null = null
  readonly died: Promise<void>
  #next: Promise<Reply>

  constructor(kind: Kind, log: number, { command = [], env }: Launch = {}) {
    const script = processFile(`test/faults/processes/${kind}.ts`)
    const [program, ...rest] = [...command, process.execPath, script]
    this.process = spawn(program ?? process.execPath, rest, {
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...process.env, ...env },
    })
    this.died = once(this.process, 'exit').then(() => {
      this.diedAt = Date.now()
    })
    this.#next = this.#reply()
  }

  /** Starts the product in it; answers where it can be reached. Throws what the product said when it could not start. */
  async start(order: StartOrder): Promise<Record<string, string>> {
    await this.#next
    const reply = await this.#ask({ start: order })
    return 'started' in reply ? reply.started : {}
  }

  /** Arms failpoints in the running process. */
  async arm(spec: string): Promise<void> {
    await this.#ask({ arm: spec })
  }

  signal(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void {
    this.process.kill(signal)
  }

  async kill(): Promise<void> {
    if (this.diedAt === null) this.signal('SIGKILL')
    await this.died
  }

  async #ask(order: Order): Promise<Reply> {
    this.#next = this.#reply()
    this.process.send(order)
    const reply = await this.#next
    if ('failed' in reply) throw new Error(reply.failed)
    return reply
  }

  #reply(): Promise<Reply> {
    const died = this.died.then((): Reply => ({ failed: 'the process ended' }))
    // What the process sends is what `obey` replies.
    return Promise.race([once(this.process, 'message').then(([reply]) => reply as Reply), died])
  }
}

/** Hands out loaded processes, and loads the next one meanwhile. */
export class Spares {
  readonly #log: number
  readonly #launch: Launch | undefined
  readonly #ready = new Map<Kind, Child>()

  constructor(log: number, launch?: Launch) {
    this.#log = log
    this.#launch = launch
  }

  take(kind: Kind): Child {
    const taken = this.#ready.get(kind) ?? new Child(kind, this.#log, this.#launch)
    this.#ready.set(kind, new Child(kind, this.#log, this.#launch))
    return taken
  }

  async close(): Promise<void> {
    await Promise.all([...this.#ready.values()].map((child) => child.kill()))
  }
}
