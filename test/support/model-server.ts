// A model provider on this machine: answers with recorded streams, or misbehaves as told, and remembers what it was asked.

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What is sent, and how it ends. The default is a complete 200 of server-sent events. */
export interface Reply {
  status?: number
  headers?: Record<string, string>
  /** The whole body; the ways to end apply after its last byte. */
  body?: string | Uint8Array
  /** A new write begins at each of these bytes; ascending. */
  splitAt?: number[]
  /** Pieces of so many bytes, one every so many milliseconds. */
  drip?: { bytes: number; everyMs: number }
  /**
   * `complete`; `stall`: stay open and silent; `cut`: close without the end of the body; `reset`: TCP reset; `mute`: stay silent
   * before the headers; `refuse`: reset before the headers.
   */
  end?: 'complete' | 'stall' | 'cut' | 'reset' | 'mute' | 'refuse'
}

interface Recorded {
  path: string
  headers: IncomingHttpHeaders
  body: Record<string, unknown>
}

export interface ModelServer {
  /** With `/v1`, without a trailing slash. */
  url: string
  requests: Recorded[]
  /** Queues replies, one for each coming request; without any, and past them, `fallback` answers. */
  reply(...replies: Reply[]): void
  /** The reply to requests that find the queue empty. */
  fallback(reply: Reply): void
  /** Resolves when so many requests have arrived. */
  received(count: number): Promise<void>
  /** Resolves when the client has closed the connection of a request that is being answered. */
  clientGone(): Promise<void>
  /** Forgets requests and replies. */
  reset(): void
  close(): Promise<void>
}

/** Listens on a free port of loopback. */
export async function startModelServer(): Promise<ModelServer> {
  const requests: Recorded[] = []
  const queue: Reply[] = []
  const watchers = new Set<() => void>()
  let gone = 0
  const changed = () => {
    for (const watch of watchers) watch()
  }
  let otherwise: Reply = { status: 500, body: '{"error":{"message":"no reply was queued"}}' }
  const server = createServer(async (request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) gone += 1
      changed()
    })
    requests.push(await recorded(request))
    const next = queue.shift() ?? otherwise
    changed()
    await send(next, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const until = (isSo: () => boolean) =>
    new Promise<void>((resolve) => {
      const watch = () => {
        if (!isSo()) return
        watchers.delete(watch)
        resolve()
      }
      watchers.add(watch)
      watch()
    })
  return {
    // A listening TCP server has an AddressInfo; a string is for pipes.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    reply: (...replies) => void queue.push(...replies),
    fallback: (reply) => {
      otherwise = reply
    },
    received: (count) => until(() => requests.length >= count),
    clientGone: () => until(() => gone > 0),
    reset: () => {
      requests.length = 0
      queue.length = 0
      gone = 0
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function recorded(request: IncomingMessage): Promise<Recorded> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  const body: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8') || '{}')
  // Drivers send objects; a test that looks into one says which fields it expects.
  return { path: request.url ?? '', headers: request.headers, body: body as Record<string, unknown> }
}

async function send(reply: Reply, response: ServerResponse): Promise<void> {
  const end = reply.end ?? 'complete'
  if (end === 'refuse') return void response.socket?.resetAndDestroy()
  if (end === 'mute') return
  const status = reply.status ?? 200
  response.writeHead(status, { 'content-type': status === 200 ? 'text/event-stream' : 'application/json', ...reply.headers })
  response.flushHeaders()
  response.socket?.setNoDelay(true)
  for (const [index, piece] of piecesOf(reply).entries()) {
    // The pause makes the pieces arrive apart.
    if (index > 0) await sleep(reply.drip?.everyMs ?? 0)
    if (response.destroyed) return
    await new Promise<void>((resolve) => response.write(piece, () => resolve()))
  }
  finish(end, response)
}

function piecesOf({ body = '', splitAt, drip }: Reply): Uint8Array[] {
  const bytes = Buffer.from(body)
  const size = drip?.bytes ?? Math.max(1, bytes.length)
  const starts = splitAt ? [0, ...splitAt] : Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => n * size)
  return starts.map((start, n) => bytes.subarray(start, starts[n + 1])).filter((piece) => piece.length > 0)
}

function finish(end: NonNullable<Reply['end']>, response: ServerResponse): void {
  if (end === 'complete') response.end()
  else if (end === 'cut') response.socket?.destroy()
  else if (end === 'reset') response.socket?.resetAndDestroy()
}

/** Frames of server-sent events: each value as one `data:` line of JSON, text as it is. Named by `type` as the Responses API does. */
export const sse = (...values: unknown[]): string => values.map(frame).join('')

function frame(value: unknown): string {
  if (typeof value === 'string') return `data: ${value}\n\n`
  const named = typeof value === 'object' && value !== null && 'type' in value ? `event: ${String(value.type)}\n` : ''
  return `${named}data: ${JSON.stringify(value)}\n\n`
}
