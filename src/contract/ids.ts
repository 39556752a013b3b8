// The ids of the product. Inside we carry plain UUIDs (v7, made here, monotonic in a process);
// on the wire they are `prefix_<32 lowercase hex>`. Nothing else knows the prefixes.
import { hash, randomFillSync } from 'node:crypto'
import { V7Generator } from 'uuidv7'

export type Uuid = string

/** One entry per kind of thing that has an id on the wire (reference contract, ids table). */
export const idPrefixes = {
  org: 'org',
  agent: 'agent',
  agentVersion: 'agentver',
  harness: 'harness',
  principal: 'principal',
  identity: 'identity',
  session: 'session',
  message: 'message',
  event: 'event',
  turn: 'turn',
  exec: 'exec',
  provider: 'provider',
  model: 'model',
  workspace: 'wsp',
  participant: 'participant',
} as const
export type IdKind = keyof typeof idPrefixes

/** Prefixes that older clients send for a kind; accepted, never emitted. */
const acceptedAliases: Partial<Record<IdKind, string>> = { provider: 'prov' }

/** Random numbers are fetched for many ids at once: each fetch costs as much as making ten of them. */
const randomness = new Uint32Array(1024)
let used = randomness.length
function nextUint32(): number {
  if (used === randomness.length) {
    randomFillSync(randomness)
    used = 0
  }
  return randomness[used++] ?? 0
}
const generator = new V7Generator({ nextUint32 })

/** Two digits for each byte, by its character codes. */
const digitCodes = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const written = Buffer.from('........-....-....-....-............')

/** One flat string: what JavaScript puts together of parts is put together once more when its characters are read. `last`: its last 32 bits. */
function uuidText(bytes: Readonly<Uint8Array>, last?: number): Uuid {
  let at = 0
  for (let n = 0; n < 16; n += 1) {
    if (at === 8 || at === 13 || at === 18 || at === 23) at += 1
    const byte = last !== undefined && n >= 12 ? (last >>> (8 * (15 - n))) & 255 : (bytes[n] ?? 0)
    written[at++] = digitCodes[byte >> 4] ?? 0
    written[at++] = digitCodes[byte & 15] ?? 0
  }
  return written.toString('latin1')
}

/** A new UUIDv7: grows with time, never repeats in this process. */
export const newId = (): Uuid => uuidText(generator.generate().bytes)

/** The 32 hex digits of a UUID, with dashes or without. Cut out: `replaceAll` takes three times as long, and every event needs it often. */
export const hexOf = (uuid: Uuid): string =>
  uuid.length === 36
    ? uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24)
    : uuid.replaceAll('-', '')

/** `agent` + UUID → `agent_<32 hex>`. */
export const toWire = (kind: IdKind, uuid: Uuid): string => `${idPrefixes[kind]}_${hexOf(uuid)}`

/** The same for a value that may be missing. */
export const toWireOrNull = (kind: IdKind, uuid: Uuid | null | undefined): string | null => (uuid ? toWire(kind, uuid) : null)

const dashed = (hex: string): Uuid =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`

/** `agent_<32 hex>` → UUID, or null when the text is not an id of that kind. Version bits are not checked: SDKs make random ids. */
export function fromWire(kind: IdKind, text: string): Uuid | null {
  for (const prefix of [idPrefixes[kind], acceptedAliases[kind]]) {
    if (prefix && text.startsWith(`${prefix}_`)) {
      const hex = text.slice(prefix.length + 1)
      return /^[0-9a-f]{32}$/.test(hex) ? dashed(hex) : null
    }
  }
  return null
}

/** The pattern of an id on the wire, for schemas and documents. */
export const idPattern = (kind: IdKind): RegExp => new RegExp(`^${idPrefixes[kind]}_[0-9a-f]{32}$`)

/** An event's id: a UUIDv7 whose last 32 bits are the event's sequence in its session (so that a cursor needs no index). */
export const eventId = (sequence: number): Uuid => uuidText(generator.generate().bytes, sequence)

/** The sequence inside an event id, UUID or wire form; null when it is not one. */
export function sequenceOfEventId(id: string): number | null {
  const hex = id.startsWith('event_') ? id.slice(6) : hexOf(id)
  return /^[0-9a-f]{32}$/.test(hex) ? Number.parseInt(hex.slice(24), 16) : null
}

/** The same text gives the same id. A UUID of version 8 (RFC 9562: made from a hash). */
export function idFrom(text: string): Uuid {
  const hex = hash('sha256', text, 'hex')
  return dashed(`${hex.slice(0, 12)}8${hex.slice(13, 16)}8${hex.slice(17, 32)}`)
}

/** The id of one attempt at a task: every event of the attempt carries it, and anybody can compute it. */
export const execIdOf = (taskId: Uuid, attempt: number): Uuid => idFrom(`${taskId}:${attempt}`)

/** The organisation that exists from the first start. */
export const defaultOrgId: Uuid = '00000000-0000-0000-0000-000000000001'
/** Who acts when nobody logs in (AUTH_MODE=none). */
export const anonymousUserId: Uuid = '00000000-0000-0000-0000-000000000001'
