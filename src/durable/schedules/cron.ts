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

/**
 * The last `most` times from `from` to `upto`, both included, oldest first. Looked for one by one from the end, and no further than
 * needed: neither all that could be made up for, nor all that was missed.
 */
export function dueSlots(rhythm: Rhythm, from: Date, upto: Date, most: number): Date[] {
  if (most < 1) return []
  const newestFirst: Date[] = []
  for (const slot of backwards(rhythm, upto)) {
    if (slot < from) break
    newestFirst.push(slot)
    // The usual end: nothing was missed, and `from` itself is the last one that is due.
    if (newestFirst.length === most || slot.getTime() === from.getTime()) break
  }
  return newestFirst.reverse()
}

/** The times up to `upto`, itself included, newest first. */
function* backwards(rhythm: Rhythm, upto: Date): Generator<Date> {
  const cron = read(rhythm)
  // croner's are strictly before what it is given, and no two are in one second.
  let [slot] = cron.previousRuns(1, new Date(upto.getTime() + 1_000))
  for (; slot; [slot] = cron.previousRuns(1, slot)) if (slot <= upto) yield slot
}
