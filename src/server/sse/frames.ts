// Frames of a stream (WHATWG, server-sent events). An event is encoded once, whoever and how many read it.
import type { WireEvent } from '../../resources/events/feed.ts'

export type Ending = 'connection_cycle' | 'shutdown' | 'slow_reader' | 'error'

export const connectedFrame = 'event: connected\ndata: {"status":"connected"}\n\n'
export const heartbeatFrame = ': heartbeat\n\n'

/** Readers come back after this many milliseconds. */
const retryMs = 100
/** The same after the last event of a turn, when nothing is expected soon. */
const idleRetryMs = 500

export const disconnectingFrame = (reason: Ending): string =>
  `event: disconnecting\ndata: ${JSON.stringify({ reason, retry_ms: retryMs })}\n\n`

const encoded = new WeakMap<WireEvent, Buffer>()

export function eventFrame(event: WireEvent): Buffer {
  const known = encoded.get(event)
  if (known) return known
  const retry = event.type === 'session.idled' ? idleRetryMs : retryMs
  const frame = Buffer.from(`event: ${event.type}\nid: ${event.id}\nretry: ${retry}\ndata: ${event.text}\n\n`)
  encoded.set(event, frame)
  return frame
}
