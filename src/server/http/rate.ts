// How often one address may ask: a window of a minute, counted in this process.
import { Problem } from '../../contract/problem.ts'

const windowMs = 60_000
const loopback = /^(?:127\.|::1$|::ffff:127\.)/

/** Counts a request, at a time in milliseconds. Problem `rate_limited` over the limit; loopback is never limited, 0 = no limit. */
export function rateLimit(perMinute: number): (address: string, now: number) => void {
  const counts = new Map<string, number>()
  let windowEnds = 0
  return (address, now) => {
    if (perMinute === 0 || loopback.test(address)) return
    // A clock that was set back must not make the window longer.
    if (now >= windowEnds || now < windowEnds - windowMs) {
      counts.clear()
      windowEnds = now + windowMs
    }
    const count = (counts.get(address) ?? 0) + 1
    counts.set(address, count)
    if (count > perMinute) {
      throw new Problem('rate_limited', 'Too many requests from this address', { retryAfterSeconds: (windowEnds - now) / 1000 })
    }
  }
}
