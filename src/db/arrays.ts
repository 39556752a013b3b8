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

function arrayOf<T>({ oid, size, write }: Element<T>): (values: readonly (T | null)[]) => Buffer {
  return (values) => {
    if (values.length === 0) return emptyOf(oid)
    const lengths = values.map((value) => (value === null ? -1 : size(value)))
    let bytes = headerBytes + 4 * values.length
    for (const length of lengths) if (length > 0) bytes += length
    const buffer = Buffer.allocUnsafe(bytes)
    writeHeader(buffer, oid, values.length, lengths.includes(-1))
    let at = headerBytes
    for (const [n, value] of values.entries()) {
      const length = lengths[n] ?? -1
      at = buffer.writeInt32BE(length, at)
      if (value !== null) {
        write(buffer, value, at)
        at += length
      }
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

export const uuids = arrayOf<Uuid>({
  oid: oids.uuid,
  size: () => 16,
  write: (buffer, value, at) => void buffer.write(value.replaceAll('-', ''), at, 16, 'hex'),
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
  write: (buffer, value, at) => void buffer.writeBigInt64BE(BigInt(Math.round((value - epoch2000Ms) * 1_000)), at),
})
