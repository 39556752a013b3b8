// What can be picked out of a user's sentence: places, numbers, file names, quotations, sums.

/** The place after "in", "for" or "at": words that begin with a capital. */
export const placeIn = (text: string): string | undefined =>
  /\b(?:in|for|at)\s+(\p{Lu}[\p{L}'’.-]*(?:,?\s+\p{Lu}[\p{L}'’.-]*)*)/u.exec(text)?.[1]?.replace(/[.'’-]+$/, '')

export const numbersIn = (text: string): number[] =>
  [...text.matchAll(/(?<![\w.])-?\d+(?:\.\d+)?/g)].map(([found]) => Number(found))

const file = /(?<!\S)["'`]?(\/?[\w-]+(?:[./][\w-]+)*\.[A-Za-z]\w{0,7})\b/

/** A file's name or path: something with an extension. */
export const fileIn = (text: string): string | undefined => file.exec(text)?.[1]

export const withoutFiles = (text: string): string => text.replaceAll(new RegExp(file, 'g'), '')

export const addressIn = (text: string): string | undefined => /https?:\/\/[^\s"'`<>)]+/.exec(text)?.[0]

/** Up to the next thing that is asked for. */
const said =
  /\b(?:saying|containing|contents?|titled)\s+(.+?)(?:,?\s+(?:and|then)\s+(?:then\s+)?(?:list|read|show|tell)\b.*|[.!?])?$/s

/** What stands in quotation marks, or after "saying" or "containing", or after a colon. */
export function quotedIn(text: string): string | undefined {
  const quoted = /"([^"]+)"|“([^”]+)”|`([^`]+)`|(?<!\w)'([^']+)'(?!\w)/.exec(text)
  if (quoted) return quoted.slice(1).find(Boolean)
  return said.exec(text)?.[1] ?? /:\s+(.+)$/s.exec(text)?.[1]
}

/** IANA zones of cities that people ask about. */
const zones: Record<string, string> = {
  amsterdam: 'Europe/Amsterdam',
  beijing: 'Asia/Shanghai',
  berlin: 'Europe/Berlin',
  chicago: 'America/Chicago',
  dubai: 'Asia/Dubai',
  kyiv: 'Europe/Kyiv',
  lisbon: 'Europe/Lisbon',
  london: 'Europe/London',
  'los angeles': 'America/Los_Angeles',
  madrid: 'Europe/Madrid',
  mumbai: 'Asia/Kolkata',
  'new york': 'America/New_York',
  paris: 'Europe/Paris',
  rome: 'Europe/Rome',
  'san francisco': 'America/Los_Angeles',
  singapore: 'Asia/Singapore',
  sydney: 'Australia/Sydney',
  tokyo: 'Asia/Tokyo',
  toronto: 'America/Toronto',
  warsaw: 'Europe/Warsaw',
}

/** A zone that the text names, or the zone of a city in it. */
export function zoneIn(text: string): string | undefined {
  const named = /\b(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)\/[A-Z]\w+|\bUTC\b/.exec(text)?.[0]
  const lower = text.toLowerCase()
  return named ?? Object.entries(zones).find(([city]) => lower.includes(city))?.[1]
}

export interface Sum {
  operation: 'add' | 'subtract' | 'multiply' | 'divide'
  a: number
  b: number
}

const number = String.raw`(-?\d+(?:\.\d+)?)`
/** Sentences that ask for a sum. Hyphens only count between spaces: dates and ranges are no subtractions. */
const sums: readonly [operation: Sum['operation'], pattern: RegExp, swapped?: boolean][] = [
  ['add', new RegExp(String.raw`${number}\s*(?:\+|plus)\s*${number}`)],
  ['add', new RegExp(String.raw`\badd\s+${number}\s+(?:and|to)\s+${number}`, 'i')],
  ['subtract', new RegExp(String.raw`\bsubtract\s+${number}\s+from\s+${number}`, 'i'), true],
  ['subtract', new RegExp(String.raw`${number}\s*(?:−|minus|\s-\s)\s*${number}`)],
  ['multiply', new RegExp(String.raw`${number}\s*(?:\*|×|times|multiplied by|\sx\s)\s*${number}`)],
  ['divide', new RegExp(String.raw`${number}\s*(?:÷|divided by|\s\/\s)\s*${number}`)],
]

export function sumIn(text: string): Sum | undefined {
  for (const [operation, pattern, swapped] of sums) {
    const [, first, second] = pattern.exec(text) ?? []
    if (first !== undefined && second !== undefined) {
      const [a, b] = swapped ? [second, first] : [first, second]
      return { operation, a: Number(a), b: Number(b) }
    }
  }
  return undefined
}
