// Reads parameters as the server does: arrays come in PostgreSQL's binary form (array_recv), everything else as it is.

const epoch2000Ms = 946_684_800_000
const microsecondsPerMs = 1_000

const dashed = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`

/** By the type's OID. Times become milliseconds since 1970. */
const readers: Record<number, (bytes: Buffer) => unknown> = {
  16: (bytes) => bytes.readUInt8() === 1,
  23: (bytes) => bytes.readInt32BE(),
  25: (bytes) => bytes.toString(),
  701: (bytes) => bytes.readDoubleBE(),
  1184: (bytes) => Number(bytes.readBigInt64BE()) / microsecondsPerMs + epoch2000Ms,
  2950: (bytes) => dashed(bytes.toString('hex')),
}

export const parameter = (value: unknown): unknown => (Buffer.isBuffer(value) ? arrayIn(value) : value)

function arrayIn(buffer: Buffer): unknown[] {
  const [dimensions, oid] = [buffer.readInt32BE(0), buffer.readInt32BE(8)]
  const read = readers[oid]
  if (!read) throw new Error(`the simulator cannot read an array of type ${oid}`)
  const items: unknown[] = []
  const count = dimensions === 0 ? 0 : buffer.readInt32BE(12)
  for (let at = 20; items.length < count; ) {
    const length = buffer.readInt32BE(at)
    at += 4
    items.push(length < 0 ? null : read(buffer.subarray(at, at + length)))
    at += Math.max(0, length)
  }
  return items
}
