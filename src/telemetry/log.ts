// The log: JSON lines with what happened and to whom (ids), never what was said and never a key.
import { type DestinationStream, type LevelWithSilent, type Logger, pino } from 'pino'
import { type IdKind, toWire } from '../contract/ids.ts'

const longestText = 2_000
const cut = (text: string): string => (text.length > longestText ? `${text.slice(0, longestText)}…` : text)

/** Where it happened, without the message that V8 repeats in front of it. */
const stackOf = ({ stack = '', message }: Error): string => cut(stack.slice(stack.indexOf(message) + message.length).trimStart())

/** An accident without what a database adds to it (failing rows, query texts) and what a client hangs on it (requests, keys). */
function plainError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? cut(error) : undefined
  return {
    type: error.name,
    message: cut(error.message),
    ...('code' in error ? { code: error.code } : {}),
    stack: stackOf(error),
    ...(error.cause && depth < 3 ? { cause: plainError(error.cause, depth + 1) } : {}),
  }
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Ids as callers know them, so that what a user reports is found. */
const asWire = (kind: IdKind) => (id: unknown) => (typeof id === 'string' && uuid.test(id) ? toWire(kind, id) : id)

const secretNames = ['authorization', 'cookie', 'password', 'token', 'apiKey', 'api_key', 'credentials', 'secret', 'key']

export interface LogOptions {
  level: LevelWithSilent
  /** Which process this is: `server`, `worker`, `dev`. */
  name: string
  /** Standard output unless said. */
  destination?: DestinationStream
}

/** A logger whose lines carry `time` (ISO), `level` (word), `name`. */
export const makeLog = ({ level, name, destination }: LogOptions): Logger =>
  pino(
    {
      level,
      name,
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => plainError(error), session_id: asWire('session'), turn_id: asWire('turn') },
      redact: { paths: secretNames.flatMap((secret) => [secret, `*.${secret}`]), censor: '[not logged]' },
    },
    destination ?? pino.destination({ dest: 1, sync: false }),
  )
