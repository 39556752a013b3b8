// Tells the model what time it is. The date stands in the prompt; it changes once a day, so a provider's prompt cache survives it.
import { z } from 'zod'
import { type Capability, ToolError, tool } from '../contract/capability.ts'
import type { JsonObject } from '../contract/json.ts'

export const currentTime: Capability = {
  id: 'current_time',
  name: 'Current Time',
  description: 'Tells the date and time in any time zone.',
  icon: 'clock',
  category: 'Core',
  docsSlug: 'current-time',
  prompt: ({ inputAt, timezone }) => {
    const zone = zoneNamed(timezone) ?? 'UTC'
    return `The message you are answering was written on ${dateIn(inputAt, zone)} (${zone}).`
  },
  tools: [
    tool({
      name: 'get_current_time',
      displayName: 'Current time',
      says: 'Get the current date and time in a time zone.',
      effect: 'pure',
      hints: { readonly: true },
      args: z.object({
        timezone: z.string().optional().describe("IANA time zone, e.g. Europe/Berlin. Default: the session's, or UTC."),
        format: z.enum(['iso8601', 'unix', 'human']).default('iso8601').describe('How to write the time.'),
      }),
      narrate: ({ timezone }) => (timezone ? `Checking the time in ${timezone}` : 'Checking the time'),
      run: async ({ timezone, format }, context) => {
        const wanted = timezone ?? context.timezone
        const zone = zoneNamed(wanted)
        if (!zone) throw new ToolError(`Unknown time zone: ${wanted}. Use an IANA name such as Europe/Berlin.`)
        return { ...written(context.now(), zone, format, context.locale), format, timezone: zone }
      },
    }),
  ],
}

const formatters = new Map<string, Intl.DateTimeFormat>()
/** Zones and locales that are kept; there are some hundreds of either. */
const formattersMax = 1_000

/** Making one takes a hundred times as long as using it. */
function formatter(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`
  const known = formatters.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat([locale, 'en'], options)
  if (formatters.size >= formattersMax) formatters.clear()
  formatters.set(key, made)
  return made
}

/** The zone's proper name; null when there is no such zone. */
function zoneNamed(timezone: string): string | null {
  try {
    return formatter('en', { timeZone: timezone, timeZoneName: 'longOffset' }).resolvedOptions().timeZone
  } catch {
    return null
  }
}

function written(at: Date, zone: string, format: 'iso8601' | 'unix' | 'human', locale: string): JsonObject {
  if (format === 'unix') return { timestamp: Math.floor(at.getTime() / 1000) }
  return { datetime: format === 'human' ? human(at, zone, locale) : iso8601(at, zone) }
}

/** RFC 3339 with the zone's offset, to the second. */
function iso8601(at: Date, timeZone: string): string {
  const wall = formatter('sv', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(at).replace(' ', 'T')
  return `${wall}${offsetOf(at, timeZone)}`
}

function offsetOf(at: Date, timeZone: string): string {
  const parts = formatter('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at)
  // `GMT+01:00`; for no offset, `GMT` or `GMT+00:00`, as the runtime's time zone data has it.
  const offset = parts.find((part) => part.type === 'timeZoneName')?.value.replace('GMT', '') ?? ''
  return offset === '' || offset === '+00:00' ? 'Z' : offset
}

const human = (at: Date, timeZone: string, locale: string): string =>
  formatter(locale, { timeZone, dateStyle: 'full', timeStyle: 'long' }).format(at)

const dateIn = (at: Date, timeZone: string): string => formatter('sv', { timeZone, dateStyle: 'short' }).format(at)
