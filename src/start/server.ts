// The control plane as a process: database up to date, rooms connected, doors open.
import type { Logger } from 'pino'
import { capabilityRegistry } from '../capabilities/index.ts'
import type { Capability } from '../contract/capability.ts'
import type { ControlPlane } from '../contract/control-plane.ts'
import { connect, type Db } from '../db/connect.ts'
import { openHint } from '../db/hint.ts'
import { migrate, refuseUnmigrated } from '../db/migrate.ts'
import { quietWhenAlone } from '../db/peers.ts'
import { makeSealer, type Sealer } from '../db/seal.ts'
import type { Engine, WorkflowRegistration } from '../durable/index.ts'
import { seedDefaults } from '../resources/organizations/seed.ts'
import { serveGrpc } from '../server/grpc.ts'
import { cannotListen, isLoopback } from './address.ts'
import { Closing } from './closing.ts'
import { createControlPlane, type RunningControlPlane } from './control-plane.ts'
import { serverTls } from './pem.ts'
import { refuseMissingKeys } from './seal-keys.ts'
import type { Settings } from './settings.ts'
import { packageVersion } from './version.ts'

export interface ServerOptions {
  settings: Settings & { DATABASE_URL: string }
  capabilities: readonly Capability[]
  /** Further workflow types, for tests and benchmarks. */
  workflowTypes?: readonly WorkflowRegistration<unknown>[]
  /** Where HTTP is served: names of settings that hold an address. */
  doors?: readonly ('HTTP_ADDR' | 'FRONT_ADDR')[]
  /** True where no other process can be at work in the database: what an earlier one left running here is dead. */
  alone?: boolean
  log: Logger
}

export interface RunningServer {
  /** One URL per door, with the ports that were really opened. */
  urls: string[]
  grpcPort: number
  controlPlane: ControlPlane
  /** For items that no operation submits: those of benchmarks. */
  engine: Engine
  close(): Promise<void>
}

/** Starts a control plane. Throws one sentence where it cannot be; nothing stays open then. */
export function startServer(options: ServerOptions): Promise<RunningServer> {
  const closing = new Closing(options.log)
  return closing.orClose(() => open(options, closing))
}

async function open(options: ServerOptions, closing: Closing): Promise<RunningServer> {
  const { settings, log } = options
  const { db, sealer } = await openDatabase(settings, log, closing)
  const hint = quietWhenAlone(openHint({ url: unpooled(settings), warn: (sentence) => log.warn(sentence) }))
  closing.add('hints', () => hint.close())
  const running = await createControlPlane({
    settings,
    version: packageVersion(),
    db,
    hint,
    sealer,
    capabilities: capabilityRegistry(options.capabilities),
    workflows: options.workflowTypes,
    log,
    ready: () => refuseUnmigrated(db.enginePool),
  })
  closing.add('control plane', () => running.close())
  if (options.alone) await running.engine.retireInProcess()
  const grpcPort = await openGrpc(settings, running, log, closing)
  const urls = await openHttp(settings, options.doors ?? ['HTTP_ADDR'], running, log)
  closing.add('engine', () => running.engine.leave())
  const { controlPlane, engine } = running
  return { urls, grpcPort, controlPlane, engine, close: () => closing.close() }
}

const unpooled = (settings: Settings & { DATABASE_URL: string }): string =>
  settings.DATABASE_UNPOOLED_URL ?? settings.DATABASE_URL

async function openDatabase(
  settings: Settings & { DATABASE_URL: string },
  log: Logger,
  closing: Closing,
): Promise<{ db: Db; sealer: Sealer }> {
  const url = unpooled(settings)
  const warn = (sentence: string) => log.warn(sentence)
  // A temporary database is meant to forget.
  const ran = await migrate({ url, warn: settings.DEV_MODE ? undefined : warn })
  if (ran.length > 0) log.info({ migrations: ran }, 'the database is up to date')
  const db = connect({
    url: settings.DATABASE_URL,
    unpooledUrl: url,
    max: settings.DATABASE_POOL_MAX,
    warn,
  })
  closing.add('database', () => db.close())
  const sealer = makeSealer({
    current: settings.SECRETS_ENCRYPTION_KEY ?? undefined,
    previous: settings.SECRETS_ENCRYPTION_KEY_PREVIOUS ?? undefined,
  })
  await refuseMissingKeys(db.enginePool, sealer)
  await seedDefaults(db, { sealer, envKeys: envKeys(settings), log })
  return { db, sealer }
}

/** Keys that the environment gives to providers which have none, by driver. */
function envKeys(settings: Settings): Record<string, string> {
  if (!settings.SEED_DEFAULT_PROVIDER_KEYS_FROM_ENV) return {}
  const given = {
    openai: settings.DEFAULT_OPENAI_API_KEY,
    anthropic: settings.DEFAULT_ANTHROPIC_API_KEY,
    gemini: settings.DEFAULT_GEMINI_API_KEY,
  }
  return Object.fromEntries(Object.entries(given).flatMap(([driver, key]) => (key ? [[driver, key]] : [])))
}

async function openGrpc(
  settings: Settings,
  { controlPlane }: RunningControlPlane,
  log: Logger,
  closing: Closing,
): Promise<number> {
  const bind = settings.SERVER_GRPC_BIND_ADDR
  const token = settings.WORKER_GRPC_AUTH_TOKEN
  const tls = await serverTls(settings)
  const keepaliveTimeoutMs = Math.max(20_000, settings.DURABLE_LEASE_MS)
  const door = await serveGrpc({ controlPlane, bind, token, tls, log, keepaliveTimeoutMs }).catch((error: unknown) => {
    throw cannotListen('SERVER_GRPC_BIND_ADDR', bind, error)
  })
  closing.add('gRPC', () => door.close())
  return door.port
}

async function openHttp(
  settings: Settings,
  doors: readonly ('HTTP_ADDR' | 'FRONT_ADDR')[],
  { http }: RunningControlPlane,
  log: Logger,
): Promise<string[]> {
  const urls: string[] = []
  for (const door of doors) {
    const address = settings[door]
    if (!isLoopback(address))
      log.warn(`AUTH_MODE is none and ${door} is ${address}: whoever reaches this port is the administrator.`)
    urls.push(
      await http.listen(address).catch((error: unknown) => {
        throw cannotListen(door, address, error)
      }),
    )
  }
  log.info({ urls }, 'serving HTTP')
  return urls
}
