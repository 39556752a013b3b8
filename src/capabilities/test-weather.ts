// Made-up weather, the same for the same place and day: for trying out tool calls without a network.
import { z } from 'zod'
import { type Capability, tool } from '../contract/capability.ts'

const place = {
  location: z.string().trim().min(1).describe('City or place.'),
  units: z.enum(['celsius', 'fahrenheit']).default('celsius').describe('Unit of the temperatures.'),
}
type Units = 'celsius' | 'fahrenheit'

const skies = ['sunny', 'partly cloudy', 'cloudy', 'light rain', 'thunderstorms', 'snow', 'fog']
const dayMs = 86_400_000

export const testWeather: Capability = {
  id: 'test_weather',
  name: 'Test Weather',
  description: 'Reports invented weather. For testing tool calls.',
  icon: 'cloud-sun',
  category: 'Testing',
  docsSlug: 'test-weather',
  tools: [
    tool({
      name: 'get_weather',
      says: 'Get the current weather at a place (invented data).',
      effect: 'pure',
      hints: { readonly: true },
      args: z.object(place),
      narrate: ({ location }) => `Checking the weather in ${location}`,
      run: async ({ location, units }, { now }) => ({ location, units, ...weatherOf(location, dayOf(now(), 0), units) }),
    }),
    tool({
      name: 'get_forecast',
      says: 'Get the weather forecast for a place (invented data).',
      effect: 'pure',
      hints: { readonly: true },
      args: z.object({ ...place, days: z.number().int().min(1).max(7).default(5).describe('Number of days from today.') }),
      narrate: ({ location, days }) => `Forecasting ${days} days in ${location}`,
      run: async ({ location, units, days }, { now }) => {
        const today = now()
        const dates = Array.from({ length: days }, (_, ahead) => dayOf(today, ahead))
        return { location, units, days, forecast: dates.map((date) => ({ date, ...weatherOf(location, date, units) })) }
      },
    }),
  ],
}

const dayOf = (from: Date, ahead: number): string => new Date(from.getTime() + ahead * dayMs).toISOString().slice(0, 10)

function weatherOf(location: string, date: string, units: Units) {
  const seed = hashOf(`${location.toLowerCase()} ${date}`)
  const celsius = (seed % 36) - 5
  return {
    temperature: units === 'celsius' ? celsius : Math.round(celsius * 1.8 + 32),
    conditions: skies[(seed >>> 8) % skies.length] ?? 'sunny',
    humidity_percent: 30 + ((seed >>> 12) % 60),
    wind_kph: (seed >>> 18) % 40,
  }
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}
