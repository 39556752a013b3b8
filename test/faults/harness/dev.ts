// Everything in one process, as `npm start` runs it: killed with its database left behind, started again in the same folder.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { socketUrl } from '../../../src/db/embedded-cluster.ts'
import { processFile } from '../../support/processes.ts'
import { Api } from './api.ts'
import { type House, openTasks } from './house.ts'
import type { Random } from './random.ts'
import type { Fault } from './run.ts'
import { builtInFile, turnMs } from './script.ts'

const readyMs = 60_000
const retryMs = 30

export class DevHouse implements House {
  readonly api = new Api(() => this.urls())
  readonly ledger: string
  db!: pg.Pool // made by `open`, once the database says where it is
  readonly #home: string
  readonly #addresses: string[]
  #process!: ChildProcess // made by `start`, which `open` calls

  private constructor(home: string, addresses: string[]) {
    this.#home = home
    this.#addresses = addresses
    this.ledger = join(home, 'ledger.jsonl')
    writeFileSync(this.ledger, '')
  }

  static async open(): Promise<DevHouse> {
    const home = mkdtempSync(join(tmpdir(), 'everruns-faults-dev-'))
    // Whoever runs PostgreSQL for root must get to the data.
    chmodSync(home, 0o755)
    const house = new DevHouse(home, await freeAddresses(3))
    await house.start()
    const sockets = readFileSync(join(home, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[4]?.trim() ?? ''
    house.db = new pg.Pool({ connectionString: socketUrl(sockets, 'everruns'), max: 2 })
    house.db.on('error', () => {})
    return house
  }

  urls(): string[] {
    return [`http://${this.#addresses[0]}`]
  }

  /** Resolves when it serves. */
  async start(): Promise<void> {
    const [HTTP_ADDR = '', FRONT_ADDR = '', SERVER_GRPC_BIND_ADDR = ''] = this.#addresses
    const { PATH = '', HOME = '' } = process.env
    const env = { PATH, HOME, EVERRUNS_HOME: this.#home, HTTP_ADDR, FRONT_ADDR, SERVER_GRPC_BIND_ADDR }
    const log = openSync(join(this.#home, 'dev.log'), 'a')
    this.#process = spawn(process.execPath, [processFile('src/start/main.ts'), 'dev'], { env, stdio: ['ignore', log, log] })
    for (const until = Date.now() + readyMs; ; await wait(retryMs)) {
      const ready = await fetch(`${this.urls()[0]}/ready`).catch(() => null)
      if (ready?.ok) return
      if (Date.now() > until || this.#process.exitCode !== null) throw new Error(`everruns dev did not start: ${this.#log()}`)
    }
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async lastWords(session: string): Promise<string> {
    return [...(await openTasks(this.db, session)), this.#log()].join('\n')
  }

  async close(): Promise<void> {
    await this.db.end()
    await this.#end('SIGTERM')
    await rm(this.#home, { recursive: true, force: true })
  }

  #log(): string {
    return readFileSync(join(this.#home, 'dev.log'), 'utf8').split('\n').slice(-30).join('\n')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const { exitCode, signalCode } = this.#process
    if (exitCode !== null || signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill(signal)
    await ended
  }
}

async function freeAddresses(count: number): Promise<string[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  // A listening TCP server has an AddressInfo; a string is for pipes.
  const addresses = servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return addresses
}

/** The process is killed at any moment of the turn; the next one finds the database still running. */
export const devDies = (house: DevHouse, random: Random): Fault => ({
  prepare: async () => {},
  async strike() {
    await wait(random.between(0, turnMs))
    await house.kill()
    const at = Date.now()
    await house.start()
    return at
  },
  repair: async () => {},
  check: ({ files, values }) => [
    ...(files.get(builtInFile.path) === builtInFile.content ? [] : [`the file holds ${files.get(builtInFile.path)}`]),
    ...(values.get('place') === 'Kyiv' ? [] : [`the value is ${values.get('place')}`]),
  ],
})
