// What a start must have and may have been given: a database and keys. What was not given is made here.
import { access, constants, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Logger } from 'pino'
import { startEmbedded } from '../db/embedded.ts'
import { keysIn, makeKeys } from './keys.ts'
import type { Settings } from './settings.ts'

export interface Installation {
  settings: Settings & { DATABASE_URL: string }
  /** True where the database is ours alone, so that no other process can be at work in it. */
  alone: boolean
  stop(): Promise<void>
}

async function homeOf({ EVERRUNS_HOME }: Settings): Promise<string> {
  const home = resolve(EVERRUNS_HOME)
  await mkdir(home, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`EVERRUNS_HOME (${home}) cannot be made (${error.code}).`)
  })
  await access(home, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`EVERRUNS_HOME (${home}) cannot be written to (${error.code}).`)
  })
  return home
}

/** Where the database that comes with us lies; null where another is used. */
export const databaseFolder = ({ DEV_MODE, DATABASE_URL, EVERRUNS_HOME }: Settings): string | null =>
  DEV_MODE || DATABASE_URL ? null : join(resolve(EVERRUNS_HOME), 'postgres')

/** The database that was named, or the one that comes with us: in EVERRUNS_HOME, or with DEV_MODE in a temporary folder. */
export async function withDatabase(settings: Settings, log: Logger): Promise<Installation> {
  const warn = (sentence: string) => log.warn(sentence)
  if (settings.DEV_MODE && settings.DATABASE_URL) warn('DATABASE_URL is not used: DEV_MODE works on a temporary database.')
  if (settings.DATABASE_URL && !settings.DEV_MODE) {
    return { settings: { ...settings, DATABASE_URL: settings.DATABASE_URL }, alone: false, stop: async () => {} }
  }
  const dir = settings.DEV_MODE ? undefined : join(await homeOf(settings), 'postgres')
  const { url, stop } = await startEmbedded({ dir, fsync: !settings.DEV_MODE, warn })
  return { settings: { ...settings, DATABASE_URL: url, DATABASE_UNPOOLED_URL: null }, alone: true, stop }
}

/** The settings with the keys they lack; with DEV_MODE these last as long as the process. */
export async function withKeys(settings: Settings): Promise<Settings> {
  if (settings.SECRETS_ENCRYPTION_KEY && settings.WORKER_GRPC_AUTH_TOKEN) return settings
  const keys = settings.DEV_MODE ? makeKeys() : await keysIn(resolve(settings.EVERRUNS_HOME))
  return {
    ...settings,
    SECRETS_ENCRYPTION_KEY: settings.SECRETS_ENCRYPTION_KEY ?? keys.secretsEncryptionKey,
    WORKER_GRPC_AUTH_TOKEN: settings.WORKER_GRPC_AUTH_TOKEN ?? keys.workerToken,
  }
}
