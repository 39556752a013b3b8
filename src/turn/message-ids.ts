// Ids of messages that nobody sent: made from what they belong to, so that making them again gives the same id.
import { createHash } from 'node:crypto'
import { toWire } from '../contract/ids.ts'

/** A message id in wire form; the same parts give the same id. A UUID of version 8 (RFC 9562: made from a hash). */
export function messageIdOf(...parts: (string | number)[]): string {
  const hex = createHash('sha256').update(parts.join(':')).digest('hex')
  return toWire('message', `${hex.slice(0, 12)}8${hex.slice(13, 16)}8${hex.slice(17, 32)}`)
}
