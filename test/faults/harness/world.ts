// The product as it runs in production, in small: PostgreSQL, one or two control planes and workers, each a process of its own.
import { mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Release } from '../processes/releases.ts'
import { Api } from './api.ts'
import { type Balancer, startBalancer } from './balancer.ts'
import { Child, type Launch, Spares } from './child.ts'
import { type House, openTasks } from './house.ts'
import { Postgres } from './postgres.ts'

/** Short, so that seconds are enough to see a lease end. Milliseconds. */
export const times = { lease: 2_000, beat: 500, sweep: 200, grace: 200, poll: 200 }

const helloMs = 30_000
const helloLookMs = 15

const settings = {
  DURABLE_LEASE_MS: String(times.lease),
  DURABLE_BEAT_MS: String(times.beat),
  DURABLE_SWEEP_MS: String(times.sweep),
  DURABLE_GRACE_MS: String(times.grace),
  DURABLE_POLL_MS: String(times.poll),
  RATE_LIMIT_API_REQUESTS_PER_MINUTE: '0',
  SSE_PER_ORG_MAX: '5000',
  WORKER_GRPC_AUTH_TOKEN: 'a token of the fault suite',
  SECRETS_ENCRYPTION_KEY: `kek-v1:${Buffer.alloc(32, 7).toString('base64')}`,
}

/** How a world differs from the usual one. */
export interface WorldWish {
  postgres?: Postgres
  /** Where control planes find the database; the world itself goes past it. */
  databaseUrl?: string
  /** Where the world itself finds the database, when it may be another server than `postgres` one day. */
  ownUrl?: string
  /** Settings of every process. */
  settings?: Record<string, string>
  /** How every process is launched. */
  launch?: Launch
  /** How the n-th control plane is launched. */
  planeLaunch?(n: number): Launch
}

export interface Plane {
  child: Child
  url: string
  grpc: string
}

export interface WorkerWish {
  slots: number
  /** Which control plane it speaks to; an address in between where there is one. */
  address?: string
  failpoints?: string
  /** Its name; one of its own unless said. */
  name?: string
  /** This one unless said. */
  release?: Release
  launch?: Launch
}

export class World implements House {
  readonly postgres: Postgres
  readonly ledger: string
  readonly api: Api
  readonly db: pg.Pool
  readonly planes: Plane[] = []
  readonly workers: Child[] = []
  readonly #folder: string
  readonly #spares: Spares
  readonly #log: number
  readonly #wish: WorldWish
  #balancers: Balancer[] = []

  private constructor(postgres: Postgres, folder: string, wish: WorldWish) {
    this.postgres = postgres
    this.#wish = wish
    this.#folder = folder
    this.ledger = join(folder, 'ledger.jsonl')
    writeFileSync(this.ledger, '')
    this.#log = openSync(join(folder, 'processes.log'), 'a')
    this.#spares = new Spares(this.#log, wish.launch)
    this.api = new Api(() => this.urls())
    this.db = new pg.Pool({ connectionString: wish.ownUrl ?? postgres.url, max: 2 })
    this.db.on('error', () => {})
  }

  static async open(planes = 1, wish: WorldWish = {}): Promise<World> {
    const world = new World(wish.postgres ?? (await Postgres.open()), mkdtempSync(join(tmpdir(), 'everruns-faults-')), wish)
    for (let n = 0; n < planes; n += 1) await world.#addPlane()
    return world
  }

  urls(): string[] {
    return this.planes.map((plane) => plane.url)
  }

  /** Starts a control plane where one died, at the addresses everybody knows. */
  async restart(plane: Plane): Promise<void> {
    await plane.child.died
    const child = this.#spares.take('server')
    const places = { HTTP_ADDR: new URL(plane.url).host, SERVER_GRPC_BIND_ADDR: plane.grpc }
    await child.start({ env: this.#planeEnv(places), ledger: this.ledger })
    plane.child = child
  }

  async addWorker({ slots, address, failpoints, launch, release, name: wished }: WorkerWish): Promise<Child> {
    const child = this.#child('worker', launch)
    const name = wished ?? `worker-${child.process.pid}`
    const known = await this.#incarnations(name)
    const link = { SERVER_GRPC_ADDRESS: address ?? this.planes[0]?.grpc ?? '', WORKER_ID: name }
    await child.start({
      env: { ...settings, ...this.#wish.settings, ...link, MAX_CONCURRENT_TASKS: String(slots) },
      ledger: this.ledger,
      ...(release ? { release } : {}),
    })
    if (failpoints) await child.arm(failpoints)
    this.workers.push(child)
    await this.#isKnown(name, known)
    return child
  }

  /** Ends every worker that still lives. */
  async killWorkers(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((child) => child.kill()))
  }

  /** Strikes the dead off the list of workers. */
  forgetDead(): void {
    this.workers.splice(0, this.workers.length, ...this.workers.filter((child) => child.diedAt === null))
  }

  /** One address for each control plane that leads to it, or while it is away to another one. */
  async balancers(): Promise<string[]> {
    const grpc = this.planes.map((plane) => plane.grpc)
    if (this.#balancers.length === 0) {
      this.#balancers = await Promise.all(grpc.map((own) => startBalancer([own, ...grpc.filter((other) => other !== own)])))
    }
    return this.#balancers.map(({ address }) => address)
  }

  /** For the report of a run that got stuck: the session's open tasks and the newest lines of the processes. */
  async lastWords(session: string): Promise<string> {
    const log = readFileSync(join(this.#folder, 'processes.log'), 'utf8').split('\n').slice(-30)
    return [...(await openTasks(this.db, session)), ...log].join('\n')
  }

  async close(): Promise<void> {
    await this.killWorkers()
    await Promise.all(this.planes.map(({ child }) => child.kill()))
    await this.#spares.close()
    await Promise.all(this.#balancers.map((balancer) => balancer.close()))
    await this.db.end()
    await this.postgres.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #addPlane(): Promise<void> {
    const child = this.#child('server', this.#wish.planeLaunch?.(this.planes.length))
    const places = { HTTP_ADDR: '127.0.0.1:0', SERVER_GRPC_BIND_ADDR: '127.0.0.1:0' }
    const { url = '', grpc = '' } = await child.start({ env: this.#planeEnv(places), ledger: this.ledger })
    this.planes.push({ child, url, grpc })
  }

  #child(kind: 'server' | 'worker', launch: Launch | undefined): Child {
    return launch ? new Child(kind, this.#log, launch) : this.#spares.take(kind)
  }

  #planeEnv(places: Record<string, string>): Record<string, string> {
    const { databaseUrl = this.postgres.url, settings: wished } = this.#wish
    return { ...settings, ...places, ...wished, DATABASE_URL: databaseUrl }
  }

  /** It has said hello, so that the next task can be its. */
  async #isKnown(name: string, before: number): Promise<void> {
    for (const until = Date.now() + helloMs; (await this.#incarnations(name)) <= before; await wait(helloLookMs)) {
      if (Date.now() > until) throw new Error('a worker did not reach its control plane')
    }
  }

  /** How often a worker of this name has said hello. */
  async #incarnations(name: string): Promise<number> {
    return (await this.db.query('select from workers where name = $1', [name])).rowCount ?? 0
  }
}
