// Ids of messages that nobody sent: made from what they belong to, so that making them again gives the same id.
import { idFrom, toWire } from '../contract/ids.ts'

/** A message id in wire form; the same parts give the same id. */
export const messageIdOf = (...parts: (string | number)[]): string => toWire('message', idFrom(parts.join(':')))
