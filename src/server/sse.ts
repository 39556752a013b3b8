// Event streams over HTTP: opened, kept alive and ended together, with one timer for all of them.
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { EventFeed, Watch } from '../resources/events/feed.ts'
import type { Live } from '../resources/shared/live.ts'
import type { StreamSettings } from './http/settings.ts'
import { connectedFrame, liveRetryMs, retryMs } from './sse/frames.ts'
import { StreamLimits } from './sse/limits.ts'
import { Stream } from './sse/stream.ts'

export interface EventStreams {
  /**
   * Takes over a response and streams what `watch` asks for: a session's events, or the pictures of a topic. Problem `rate_limited`, before anything is written, where too
   * many streams are open.
   */
  open(response: ServerResponse, watch: Watch | Live, headers: Record<string, string>): void
  /** Says goodbye to every reader; settles when all are closed. */
  close(): Promise<void>
}

export function eventStreams(feed: EventFeed, settings: StreamSettings): EventStreams {
  const streams = new Set<Stream>()
  const limits = new StreamLimits(settings)
  const timer = setInterval(() => {
    const now = performance.now()
    for (const stream of streams) stream.tick(now, settings.heartbeatMs)
  }, tickMs(settings))

  return {
    open(response, watch, headers) {
      const leave = limits.enter(watch)
      const socket = beginResponse(response, headers)
      if (!socket) return leave()
      const stream = streamFor(socket, watch, settings)
      const reading = 'topic' in watch ? watch.topic.follow(stream) : feed.subscribe(watch, stream)
      stream.reads(reading)
      streams.add(stream)
      socket.once('close', () => {
        reading.close()
        streams.delete(stream)
        leave()
      })
    },
    async close() {
      clearInterval(timer)
      await Promise.all([...streams].map((stream) => stream.end('shutdown')))
    },
  }
}

function streamFor(socket: Socket, watch: Watch | Live, { cycleMs, monitoringCycleMs }: StreamSettings): Stream {
  const isLive = 'topic' in watch
  const lifeMs = (isLive ? monitoringCycleMs : cycleMs) * (0.8 + Math.random() * 0.4)
  return new Stream(socket, performance.now() + lifeMs, isLive ? liveRetryMs : retryMs)
}

const tickMs = ({ heartbeatMs, cycleMs, monitoringCycleMs }: StreamSettings): number =>
  Math.min(1_000, Math.max(10, Math.min(heartbeatMs, cycleMs, monitoringCycleMs) / 4))

/**
 * Sends the head and the greeting, and gives back the bare socket: the body ends with the connection, so that a frame is exactly one write and
 * old proxies need not know chunks. Undefined when the reader is already gone.
 */
function beginResponse(response: ServerResponse, headers: Record<string, string>) {
  const { socket } = response
  if (!socket || socket.destroyed) return undefined
  response.useChunkedEncodingByDefault = false
  response.writeHead(200, {
    ...headers,
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
    Connection: 'close',
  })
  // One write with the first frame.
  socket.cork()
  response.flushHeaders()
  socket.write(connectedFrame)
  socket.uncork()
  return socket
}
