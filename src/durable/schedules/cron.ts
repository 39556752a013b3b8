// When a schedule is due: cron in a time zone. Five fields, six with seconds in front, seven with a year at the end.
import { Cron } from 'croner'
import { Problem } from '../../contract/problem.ts'

export interface Rhythm {
  cron: string
  /** IANA, `Europe/Madrid`. */
  timezone: string
}

/**
 * A time that the clock skips is due at the next one there is; a time that comes twice is due once. Only a rhythm of every hour
 * (`*`) goes by elapsed time, on such days as on others. Problem `bad_request` for what cannot be read.
 */
function read({ cron, timezone }: Rhythm): Cron {
  const fields = cron.trim().split(/\s+/)
  if (fields.length < 5 || fields.length > 7) throw unreadable('it needs five, six or seven fields')
  if (cron.includes('?')) throw unreadable('? is not supported; use *')
  try {
    return new Cron(spelledOut(fields), { timezone, paused: true, fixedTimeRule: 'no-wildcard' })
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message.replace(/^\w+: /, '') : String(error))
  }
}

const unreadable = (why: string): Problem =>
  new Problem('bad_request', `The cron expression cannot be read: ${why}.`, { code: 'invalid_cron_expression' })

/** `*` and steps as lists, unless every hour is meant: only lists and ranges are taken as times of the local clock. */
function spelledOut(fields: readonly string[]): string {
  const hourAt = fields.length === 5 ? 1 : 2
  if (fields[hourAt]?.split(',').includes('*')) return fields.join(' ')
  return fields.map((field, at) => (at <= hourAt ? listed(field, at === hourAt ? 24 : 60) : field)).join(' ')
}

const listed = (field: string, size: number): string =>
  field
    .split(',')
    .map((part) => listedPart(part, size))
    .join(',')

function listedPart(part: string, size: number): string {
  const [, all, first = '0', last = String(size - 1), step = '1'] = /^(?:(\*)|(\d+)-(\d+))(?:\/(\d+))?$/.exec(part) ?? []
  const isRange = all !== undefined || part.includes('/')
  // What is not a range with a step, or is a wrong one, is left to croner and its words.
  if (!isRange || !/^\d/.test(first) || Number(last) >= size || Number(first) > Number(last) || Number(step) < 1) return part
  const values: number[] = []
  for (let value = Number(first); value <= Number(last); value += Number(step)) values.push(value)
  return values.join(',')
}

/** Problem `bad_request` for a time zone that is not one. */
export function checkTimezone(timezone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
  } catch (cause) {
    throw new Problem('bad_request', `There is no time zone ${timezone}.`, { code: 'invalid_timezone', cause })
  }
}

/** The first time after `after`; null when none is left. Problem `bad_request` as above. */
export const nextSlot = (rhythm: Rhythm, after: Date): Date | null => read(rhythm).nextRun(after)

/** The last `most` times from `from` to `upto`, both included, oldest first. */
export function dueSlots(rhythm: Rhythm, from: Date, upto: Date, most: number): Date[] {
  if (most < 1) return []
  // croner's are strictly before what it is given, and no two are in one second.
  const newestFirst = read(rhythm).previousRuns(most + 1, new Date(upto.getTime() + 1_000))
  const due = newestFirst.filter((slot) => slot >= from && slot <= upto)
  return due.slice(0, most).reverse()
}
