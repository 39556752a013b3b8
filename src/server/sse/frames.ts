// Frames of a stream (WHATWG, server-sent events). An event is encoded once, whoever and how many read it.
import type { WireEvent } from '../../resources/events/feed.ts'
import type { LiveFrame } from '../../resources/shared/live.ts'

export type Ending = 'connection_cycle' | 'shutdown' | 'slow_reader' | 'error'

export const connectedFrame = 'event: connected\ndata: {"status":"connected"}\n\n'
export const heartbeatFrame = ': heartbeat\n\n'

/** Readers of events come back after this many milliseconds. */
export const retryMs = 100
/** Those who watch pictures have missed nothing. */
export const liveRetryMs = 1_000
/** The same after the last event of a turn, when nothing is expected soon. */
const idleRetryMs = 500

export const disconnectingFrame = (reason: Ending, retry_ms: number): string =>
  `event: disconnecting\ndata: ${JSON.stringify({ reason, retry_ms })}\n\n`

const encoded = new WeakMap<WireEvent | LiveFrame, Buffer>()

export function eventFrame(event: WireEvent): Buffer {
  const known = encoded.get(event)
  if (known) return known
  const retry = event.type === 'session.idled' ? idleRetryMs : retryMs
  const frame = Buffer.from(`event: ${event.type}\nid: ${event.id}\nretry: ${retry}\ndata: ${event.text}\n\n`)
  encoded.set(event, frame)
  return frame
}

/** A picture has no id: there is nothing to go on from. */
export function liveFrame(picture: LiveFrame): Buffer {
  const known = encoded.get(picture)
  if (known) return known
  const frame = Buffer.from(`event: ${picture.event}\nretry: ${picture.retryMs}\ndata: ${picture.data}\n\n`)
  encoded.set(picture, frame)
  return frame
}
