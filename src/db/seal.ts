// Column encryption. Each value has a key of its own (DEK), which is itself encrypted with the server's key (KEK), so that a
// change of the server's key re-wraps small keys only. AES-256-GCM both times; the place is authenticated with it, so that a
// sealed value copied into another row does not open.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Json } from '../contract/json.ts'
import { Problem } from '../contract/problem.ts'

/** Envelope encryption of one column value. `place` (table/row/column) is bound to the ciphertext. */
export interface Sealer {
  /** False when no SECRETS_ENCRYPTION_KEY is set: sealing then answers a Problem (400). */
  available: boolean
  seal(plain: string, place: string): Json
  /** Answers Problem `unavailable` (code `sealing_key_missing`) when the value's key is not here, or is another of that name. */
  open(sealed: Json, place: string): string
  /** Whether a key of this name is here. */
  knows(keyId: string): boolean
}

export interface SealingKeys {
  /** `<name>:<base64 of 32 bytes>`, the name usually `kek-v1`. */
  current?: string
  /** The key before a rotation: opens, never seals. */
  previous?: string
}

interface Key {
  id: string
  bytes: Buffer
}

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16
const keyBytes = 32

const envelope = z.object({
  version: z.literal(1),
  alg: z.literal('AES-256-GCM'),
  key_id: z.string(),
  dek_wrapped: z.base64(),
  nonce: z.base64(),
  ciphertext: z.base64(),
})

/** `kek-v1:<base64>` → its parts, or null when it is not a key of 32 bytes. */
export function parseSealingKey(text: string): Key | null {
  const [, id, base64] = text.match(/^([A-Za-z0-9][\w.-]*):([A-Za-z0-9+/]{43}=)$/) ?? []
  return id && base64 ? { id, bytes: Buffer.from(base64, 'base64') } : null
}

/** A new key in the form of the setting. */
export const newSealingKey = (): string => `kek-v1:${randomBytes(keyBytes).toString('base64')}`

/** Ciphertext with its tag behind it. */
function encrypt(key: Buffer, nonce: Buffer, plain: Buffer, place: string): Buffer {
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(place))
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Buffer, nonce: Buffer, sealed: Buffer, place: string): Buffer {
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(place))
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()])
}

function unwrap(key: Key, wrapped: Buffer, place: string): Buffer | null {
  try {
    return decrypt(key.bytes, wrapped.subarray(0, nonceBytes), wrapped.subarray(nonceBytes), place)
  } catch {
    return null
  }
}

function sealWith(key: Key, plain: string, place: string): Json {
  const dek = randomBytes(keyBytes)
  const [wrapNonce, nonce] = [randomBytes(nonceBytes), randomBytes(nonceBytes)]
  return {
    version: 1,
    alg: 'AES-256-GCM',
    key_id: key.id,
    dek_wrapped: Buffer.concat([wrapNonce, encrypt(key.bytes, wrapNonce, dek, place)]).toString('base64'),
    nonce: nonce.toString('base64'),
    ciphertext: encrypt(dek, nonce, Buffer.from(plain), place).toString('base64'),
  }
}

function openWith(keys: Key[], sealed: Json, place: string): string {
  const { key_id, dek_wrapped, nonce, ciphertext } = envelope.parse(sealed)
  for (const key of keys) {
    // Both keys of a rotation may carry the same name; the tag tells which of them it was.
    const dek = key.id === key_id ? unwrap(key, Buffer.from(dek_wrapped, 'base64'), place) : null
    if (dek) return decrypt(dek, Buffer.from(nonce, 'base64'), Buffer.from(ciphertext, 'base64'), place).toString()
  }
  throw new Problem(
    'unavailable',
    `A stored secret cannot be opened with the encryption keys of this server (it needs "${key_id}").`,
    {
      code: 'sealing_key_missing',
    },
  )
}

/** Throws when a key is not of the setting's form. Without a current key, sealing answers Problem `bad_request`. */
export function makeSealer({ current, previous }: SealingKeys): Sealer {
  const [first, second] = [current, previous].map((text) => {
    const key = text ? parseSealingKey(text) : null
    if (text && !key) throw new Error('A sealing key must be "<name>:<base64 of 32 bytes>".')
    return key
  })
  const keys = [first, second].filter((key) => !!key)
  return {
    available: !!first,
    seal(plain, place) {
      if (first) return sealWith(first, plain, place)
      throw new Problem('bad_request', 'Secrets cannot be stored: this server has no SECRETS_ENCRYPTION_KEY.', {
        code: 'encryption_not_configured',
      })
    },
    open: (sealed, place) => openWith(keys, sealed, place),
    knows: (keyId) => keys.some(({ id }) => id === keyId),
  }
}
