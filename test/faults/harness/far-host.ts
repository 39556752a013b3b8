// Another host, as far as a network can tell: a network namespace of Linux with one cable to ours that can be unplugged. Only root may.
import { execFile } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CannotBeTried } from '../scenarios/scenario.ts'
import type { Launch } from './child.ts'

const run = promisify(execFile)
const ip = (...words: string[]) => run('ip', words)

export class FarHost {
  /** Our end of the cable: where the other host reaches us. */
  readonly ourAddress: string
  /** For processes that are to run there. */
  readonly launch: Launch
  readonly #space: string
  readonly #cable: string

  private constructor(space: string, cable: string, ourAddress: string) {
    this.#space = space
    this.#cable = cable
    this.ourAddress = ourAddress
    this.launch = { command: ['ip', 'netns', 'exec', space] }
  }

  /** Throws CannotBeTried where the kernel or our rights do not allow it. */
  static async open(): Promise<FarHost> {
    if (process.getuid?.() !== 0) throw new CannotBeTried('only root can make a network namespace')
    const name = `evr${process.pid}`
    const net = `10.213.${process.pid % 256}`
    const host = new FarHost(name, `${name}a`, `${net}.1`)
    try {
      await ip('netns', 'add', name)
      await ip('link', 'add', `${name}a`, 'type', 'veth', 'peer', 'name', `${name}b`, 'netns', name)
      await ip('address', 'add', `${net}.1/30`, 'dev', `${name}a`)
      await ip('link', 'set', `${name}a`, 'up')
      await ip('-n', name, 'address', 'add', `${net}.2/30`, 'dev', `${name}b`)
      for (const end of [`${name}b`, 'lo']) await ip('-n', name, 'link', 'set', end, 'up')
    } catch (error) {
      await host.close()
      throw new CannotBeTried(`a network namespace cannot be made: ${error}`)
    }
    return host
  }

  /** Packets are lost without a word, on their way there and back. */
  async unplug(): Promise<void> {
    await ip('link', 'set', this.#cable, 'down')
  }

  async plug(): Promise<void> {
    await ip('link', 'set', this.#cable, 'up')
  }

  /** A loose contact: for a while the cable is out for so long, then in for so long, again and again. Ends plugged. */
  async loosen(forMs: number, outMs: number, inMs: number): Promise<void> {
    for (const until = Date.now() + forMs; Date.now() < until; ) {
      await this.unplug()
      await wait(outMs)
      await this.plug()
      await wait(inMs)
    }
  }

  async close(): Promise<void> {
    // The cable goes with its end.
    await ip('link', 'delete', this.#cable).catch(() => {})
    await ip('netns', 'delete', this.#space).catch(() => {})
  }
}
