// The keys of an installation that was given none: made once, kept beside its data, readable by its owner only.
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { newSealingKey, parseSealingKey } from '../db/seal.ts'

const keysFile = z.object({
  secrets_encryption_key: z.string().refine((text) => parseSealingKey(text) !== null),
  worker_grpc_auth_token: z.string().min(16),
})

export interface Keys {
  secretsEncryptionKey: string
  workerToken: string
}

export const makeKeys = (): Keys => ({
  secretsEncryptionKey: newSealingKey(),
  workerToken: randomBytes(32).toString('base64url'),
})

async function readKeys(path: string): Promise<Keys | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new Error(`${path} cannot be read (${error.code}).`)
  })
  if (text === null) return null
  try {
    const { secrets_encryption_key, worker_grpc_auth_token } = keysFile.parse(JSON.parse(text))
    return { secretsEncryptionKey: secrets_encryption_key, workerToken: worker_grpc_auth_token }
  } catch {
    throw new Error(
      `${path} is damaged. Stored secrets open only with its key: restore the file, or remove it to start with new keys.`,
    )
  }
}

/** Whole or not at all, and never over a file that another process made in the meantime. */
async function writeOnce(path: string, { secretsEncryptionKey, workerToken }: Keys): Promise<void> {
  const half = `${path}.${randomBytes(6).toString('hex')}`
  const content = { secrets_encryption_key: secretsEncryptionKey, worker_grpc_auth_token: workerToken }
  await writeFile(half, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flush: true })
  await link(half, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(half)
}

/** The keys in `home`/keys.json, made where there are none. Throws one sentence when the folder cannot be used. */
export async function keysIn(home: string): Promise<Keys> {
  const path = join(home, 'keys.json')
  await mkdir(home, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`EVERRUNS_HOME (${home}) cannot be made or written to (${error.code}).`)
  })
  const found = await readKeys(path)
  if (found) return found
  await writeOnce(path, makeKeys()).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`EVERRUNS_HOME (${home}) cannot be written to (${error.code}).`)
  })
  const made = await readKeys(path)
  if (!made) throw new Error(`${path} vanished while it was being made.`)
  return made
}
