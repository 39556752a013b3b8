// A user who asks again and again while something is wrong, and whose answers are judged one by one: done, or a clear "come back later".
// Never an accident, never the database's own words, never no answer at all.
import { setTimeout as wait } from 'node:timers/promises'

const everyMs = 100
const longestMs = 12_000
const inside = /no space|could not|panic|sqlstate|relation|too many clients|remaining connection|syntax|pg_/i

export interface Probed {
  done: number
  refused: number
  violations: string[]
}

export interface Request {
  method: 'GET' | 'POST'
  url: string
  body?: unknown
}

/** Begins to ask; `end` resolves with what was answered. `of` makes each request. */
export function startProbe(of: () => Request, withinMs = longestMs): { seen: Probed; end(): Promise<Probed> } {
  const seen: Probed = { done: 0, refused: 0, violations: [] }
  let isOver = false
  const asking = (async () => {
    while (!isOver) {
      await ask(of(), seen, withinMs)
      await wait(everyMs)
    }
  })()
  return {
    seen,
    async end() {
      isOver = true
      await asking
      return seen
    },
  }
}

async function ask({ method, url, body }: Request, seen: Probed, withinMs: number): Promise<void> {
  const since = Date.now()
  const request = { method, headers: { 'content-type': 'application/json' }, signal: AbortSignal.timeout(withinMs) }
  try {
    const response = await fetch(url, { ...request, ...(body ? { body: JSON.stringify(body) } : {}) })
    const text = await response.text()
    if (response.ok) seen.done += 1
    else seen.violations.push(...judge(response, text).map((problem) => `${method}: ${problem}: ${text}`))
    if (response.status === 503) seen.refused += 1
  } catch (error) {
    seen.violations.push(`${method} ${url} had no answer after ${Date.now() - since} ms: ${error}`)
  }
}

function judge({ status, headers }: Response, text: string): string[] {
  const problems: string[] = []
  if (status !== 503) problems.push(`the answer was ${status}`)
  if (status === 503 && !headers.has('retry-after')) problems.push('nothing said when to come back')
  if (inside.test(text)) problems.push("the answer shows the database's words")
  return problems
}
