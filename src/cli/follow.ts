// A session's events as they happen, across lost connections: it goes on after the last event that was seen.
import { setTimeout as pause } from 'node:timers/promises'
import type { Api } from './api.ts'
import { sessionPath } from './sessions.ts'
import { framesOf } from './sse.ts'
import { Refusal } from './terminal.ts'
import { type Event, event } from './wire.ts'

export interface Following {
  sessionId: string
  /** An event id; without it, from the session's beginning. */
  since?: string
  /** Only these types. */
  types?: readonly string[]
  signal: AbortSignal
  /** There are no events for now, but it goes on trying; said once until events come again. */
  lost(sentence: string): void
}

const firstPauseMs = 100
const longestPauseMs = 5_000

/** Ends when `signal` aborts. Throws a Refusal that waiting cannot mend. */
export async function* follow(api: Api, { sessionId, since, types, signal, lost }: Following): AsyncGenerator<Event> {
  let cursor = since
  let failures = 0
  while (!signal.aborted) {
    try {
      const path = `${sessionPath(sessionId)}/sse`
      for await (const frame of framesOf(api.stream({ path, query: { since_id: cursor, types } }, signal))) {
        failures = 0
        if (frame.event === 'disconnecting') break
        if (frame.event === 'connected') continue
        const happened = event.parse(JSON.parse(frame.data))
        cursor = happened.id
        yield happened
      }
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof Refusal && error.passing)) throw error
      failures += 1
      if (failures === 1)
        lost(error.status ? `${error.message} Trying again.` : 'The connection is lost; waiting for the server.')
    }
    await pause(Math.min(longestPauseMs, firstPauseMs * 2 ** failures), undefined, { signal }).catch(() => {})
  }
}
