// Arrays as statement parameters in PostgreSQL's binary form (array_recv): nothing is escaped here and nothing is scanned there, which
// for arrays of JSON texts is most of the cost of a batch. pg sends a Buffer as a binary parameter; the statement's cast names the type.
import type { Uuid } from '../contract/ids.ts'

/** Type OIDs of the elements (pg_type). */
const oids = { bool: 16, int4: 23, text: 25, float8: 701, timestamptz: 1184, uuid: 2950 } as const

const headerBytes = 20
/** Milliseconds between 1970 and 2000, where PostgreSQL begins to count. */
const epoch2000Ms = 946_684_800_000

interface Element<T> {
  oid: number
  size(value: T): number
  write(buffer: Buffer, value: T, at: number): void
}

// Counted loops: `entries()` makes two objects for each element, and these run hundreds of times for a step.
function arrayOf<T>({ oid, size, write }: Element<T>): (values: readonly (T | null)[]) => Buffer {
  return (values) => {
    if (values.length === 0) return emptyOf(oid)
    const lengths = values.map((value) => (value === null ? -1 : size(value)))
    let bytes = headerBytes + 4 * values.length
    for (const length of lengths) if (length > 0) bytes += length
    const buffer = Buffer.allocUnsafe(bytes)
    writeHeader(buffer, oid, values.length, lengths.includes(-1))
    let at = headerBytes
    for (let n = 0; n < lengths.length; n += 1) {
      const value = values[n] ?? null
      const length = lengths[n] ?? -1
      at = buffer.writeInt32BE(length, at)
      if (value === null) continue
      write(buffer, value, at)
      at += length
    }
    return buffer
  }
}

/** One dimension, from 1. */
function writeHeader(buffer: Buffer, oid: number, count: number, hasNull: boolean): void {
  buffer.writeInt32BE(1, 0)
  buffer.writeInt32BE(hasNull ? 1 : 0, 4)
  buffer.writeInt32BE(oid, 8)
  buffer.writeInt32BE(count, 12)
  buffer.writeInt32BE(1, 16)
}

function emptyOf(oid: number): Buffer {
  const buffer = Buffer.alloc(12)
  buffer.writeInt32BE(oid, 8)
  return buffer
}

/** What a hex digit says, by its character code. */
const hexDigits = new Uint8Array(128)
for (let value = 0; value < 16; value += 1) {
  hexDigits[value.toString(16).charCodeAt(0)] = value
  hexDigits[value.toString(16).toUpperCase().charCodeAt(0)] = value
}
const dash = '-'.charCodeAt(0)
const digitAt = (text: string, place: number): number => hexDigits[text.charCodeAt(place)] ?? 0

export const uuids = arrayOf<Uuid>({
  oid: oids.uuid,
  size: () => 16,
  // Not by `buffer.write(…, 'hex')`: a step has dozens of ids, and leaving JavaScript for each costs five times as much.
  write: (buffer, value, at) => {
    let place = 0
    for (let n = at; n < at + 16; n += 1) {
      if (value.charCodeAt(place) === dash) place += 1
      buffer[n] = (digitAt(value, place) << 4) | digitAt(value, place + 1)
      place += 2
    }
  },
})
export const texts = arrayOf<string>({
  oid: oids.text,
  size: (value) => Buffer.byteLength(value),
  write: (buffer, value, at) => void buffer.write(value, at),
})
export const ints = arrayOf<number>({
  oid: oids.int4,
  size: () => 4,
  write: (buffer, value, at) => void buffer.writeInt32BE(value, at),
})
export const floats = arrayOf<number>({
  oid: oids.float8,
  size: () => 8,
  write: (buffer, value, at) => void buffer.writeDoubleBE(value, at),
})
export const booleans = arrayOf<boolean>({
  oid: oids.bool,
  size: () => 1,
  write: (buffer, value, at) => void buffer.writeUInt8(value ? 1 : 0, at),
})
/** Times as milliseconds since 1970. */
export const times = arrayOf<number>({
  oid: oids.timestamptz,
  size: () => 8,
  // Microseconds as two halves: they are whole numbers that a double holds, and a BigInt would be one more object.
  write: (buffer, value, at) => {
    const micros = Math.round((value - epoch2000Ms) * 1_000)
    const high = Math.floor(micros / 2 ** 32)
    buffer.writeInt32BE(high, at)
    buffer.writeUInt32BE(micros - high * 2 ** 32, at + 4)
  },
})
