// The kinds of values a setting may have: how its text is read, and the words that say what is allowed.
import { z } from 'zod'
import { parseSealingKey } from '../db/seal.ts'

export interface Kind<T> {
  /** Ends the sentence "… must be". */
  allowed: string
  schema: z.ZodType<T, string>
}

const unitWords = { ms: ' of milliseconds', seconds: ' of seconds', '': '' } as const

/** A whole number from `min` to `max`. */
export const count = (min: number, max: number, unit: keyof typeof unitWords = ''): Kind<number> => ({
  allowed: `a whole number${unitWords[unit]} from ${min} to ${max}`,
  schema: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max)),
})

const yes = ['true', '1', 'yes', 'on']
const no = ['false', '0', 'no', 'off']

export const flag: Kind<boolean> = {
  allowed: 'true or false',
  schema: z
    .string()
    .toLowerCase()
    .pipe(z.enum([...yes, ...no]))
    .transform((text) => yes.includes(text)),
}

export const oneOf = <const T extends string>(...choices: [T, ...T[]]): Kind<T> => ({
  allowed: choices.length > 1 ? `one of ${choices.join(', ')}` : `"${choices[0]}", the only one built so far`,
  schema: z.enum(choices),
})

export const text: Kind<string> = { allowed: 'text', schema: z.string() }

/** Comma-separated; spaces around the items do not count. */
export const list: Kind<string[]> = {
  allowed: 'a list separated by commas',
  schema: z.string().transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  ),
}

/** `host:port`, an IPv6 host in brackets. Port 0 takes a free one. */
export const address: Kind<string> = {
  allowed: 'host:port, for example 127.0.0.1:9000',
  schema: z
    .string()
    .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:[\],]+):\d{1,5}$/)
    .refine((value) => Number(value.slice(value.lastIndexOf(':') + 1)) <= 65_535),
}

export const addresses: Kind<string[]> = {
  allowed: 'one host:port or several with commas between them, for example 10.0.0.1:9001,10.0.0.2:9001',
  schema: list.schema.pipe(z.array(address.schema).min(1)),
}

/** Where people or programs reach us; kept without a closing slash. */
export const webUrl: Kind<string> = {
  allowed: 'an http:// or https:// URL',
  schema: z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, '')),
}

export const postgresUrl: Kind<string> = {
  allowed: 'a postgres:// URL',
  schema: z.string().regex(/^postgres(ql)?:\/\/\S+$/),
}

/** `/api`, or nothing at all for routes under `/v1` only. */
export const pathPrefix: Kind<string> = {
  allowed: 'a path like /api',
  schema: z
    .string()
    .regex(/^(\/[\w.-]+)+$|^\/$/)
    .transform((value) => (value === '/' ? '' : value)),
}

export const sealingKey: Kind<string> = {
  allowed: 'a name, a colon and 32 bytes in base64: kek-v1:…',
  schema: z.string().refine((value) => parseSealingKey(value) !== null),
}
