// The HTTP door: every operation of the table under /v1, and the few pages beside it. Bytes in, operation, bytes out.

import type { Server } from 'node:http'
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { AnyOperation } from '../contract/operation.ts'
import { Problem } from '../contract/problem.ts'
import type { Ctx } from '../resources/context.ts'
import type { Watch } from '../resources/events/feed.ts'
import type { Live } from '../resources/shared/live.ts'
import type { RequestCounts } from '../telemetry/metrics-requests.ts'
import { authenticate } from './authenticate.ts'
import { maxBodyBytes, takeBodiesAsBytes } from './http/body.ts'
import { Connections, noRoom } from './http/connections.ts'
import { closeServer, listenOn, urlOf } from './http/listen.ts'
import { originGuard } from './http/origins.ts'
import { addPages } from './http/pages.ts'
import { refusalOf } from './http/problem.ts'
import { rateLimit } from './http/rate.ts'
import { sendAnswer, sendProblem } from './http/reply.ts'
import { requestIdOf } from './http/request-id.ts'
import { addRoutes } from './http/routes.ts'
import type { HttpSettings } from './http/settings.ts'
import { asProblem, type Call, type CtxParts, run } from './run.ts'
import { type EventStreams, eventStreams } from './sse.ts'

export interface HttpOptions {
  settings: HttpSettings
  operations: readonly AnyOperation<Ctx>[]
  /** What every operation is handed besides its caller and transaction. */
  parts: CtxParts
  /** Rejects while requests cannot be served: the database is away or not migrated. */
  ready(): Promise<void>
  /** What `/metrics` shows; without it there is no such page. */
  metrics?(): Promise<string>
  counts?: RequestCounts
}

export interface Http {
  /** A request without a socket; the verb of the tests. */
  inject: FastifyInstance['inject']
  /** Serves on one more `host:port`; gives the URL. Rejects with Node's error when the address cannot be had. */
  listen(address: string): Promise<string>
  /** Ends streams with `shutdown`, lets running requests finish within `graceMs` (5 s unless said), closes. */
  close(graceMs?: number): Promise<void>
}

const maxUrlLength = 8 * 1024

/** The door, closed: call `listen` to open it. */
export async function createHttp(options: HttpOptions): Promise<Http> {
  const { settings, operations, parts, ready, metrics, counts } = options
  const streams = eventStreams(parts.feed, settings.streams)
  const app = bareApp(settings)
  takeBodiesAsBytes(app)
  answerRefusals(app, parts)
  const connections = new Connections(settings.maxConnections)
  guard(app, settings, parts, connections)
  if (counts) countRequests(app, counts)
  addPages(app, { settings, operations, ready, metrics })
  addRoutes(app, operations, (operation, input, request, reply) =>
    serve({ settings, parts, streams, counts }, operation, input, request, reply),
  )
  await app.ready()

  const servers: Server[] = []
  return {
    inject: app.inject.bind(app) as FastifyInstance['inject'], // bind keeps only the last overload
    async listen(address) {
      const server = await listenOn(address, app.routing)
      connections.watch(server)
      servers.push(server)
      return urlOf(server)
    },
    async close(graceMs = 5_000) {
      const closing = Promise.all(servers.map((server) => closeServer(server, graceMs)))
      await streams.close()
      await closing
      await app.close()
    },
  }
}

function bareApp({ apiPrefix }: HttpSettings): FastifyInstance {
  return fastify({
    bodyLimit: maxBodyBytes,
    exposeHeadRoutes: false,
    genReqId: requestIdOf,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: maxUrlLength },
    rewriteUrl: ({ url = '/' }) => (apiPrefix && url.startsWith(`${apiPrefix}/`) ? url.slice(apiPrefix.length) : url),
    frameworkErrors: (error, request, reply) => {
      void reply.header('X-Request-Id', request.id)
      void sendProblem(request, reply, refusalOf(error) ?? new Problem('bad_request', 'The request could not be read'))
    },
  })
}

/** Every refusal, wherever it comes from, in one form; accidents are logged here unless the operation's run already did. */
function answerRefusals(app: FastifyInstance, { log }: CtxParts): void {
  app.setNotFoundHandler((request, reply) => {
    void sendProblem(request, reply, new Problem('not_found', 'There is nothing at this address'))
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = error instanceof Problem ? error : refusalOf(error)
    void sendProblem(request, reply, known ?? asProblem(error, log, { request_id: request.id }))
  })
}

/** What every request passes before its operation is looked at. */
function guard(app: FastifyInstance, settings: HttpSettings, { now, log }: CtxParts, connections: Connections): void {
  const answeredByOrigin = originGuard(settings)
  const countRequest = rateLimit(settings.requestsPerMinute)
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({ 'X-Request-Id': request.id, 'X-Content-Type-Options': 'nosniff' })
    const isProbe = request.url === '/health' || request.url === '/ready'
    if (connections.isSurplus(request.raw.socket)) {
      void reply.header('Connection', 'close')
      if (!isProbe) throw noRoom()
    }
    if (request.originalUrl.length > maxUrlLength) throw new Problem('bad_request', 'The address is longer than 8 KB')
    if (answeredByOrigin(request, reply)) return reply
    if (!isProbe && request.url !== '/metrics') countRequest(request.ip, now().getTime())
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, originalUrl } = request
    const [path] = originalUrl.split('?')
    const { session_id } = request.params as { session_id?: string }
    const ms = Math.round(reply.elapsedTime)
    log.debug({ request_id: request.id, session_id, method, path, status: reply.statusCode, ms }, 'request')
  })
}

/** By the route's template: an address of its own for every session would be a series for every session. */
const templateOf = (request: FastifyRequest): string => request.routeOptions.url ?? 'none'

/** All but answers that became streams: for Fastify those never end. */
function countRequests(app: FastifyInstance, counts: RequestCounts): void {
  app.addHook('onResponse', async (request, reply) => {
    const seen = { method: request.method, route: templateOf(request), status: reply.statusCode }
    counts.request({ seconds: reply.elapsedTime / 1_000, ...seen })
  })
}

interface Serving {
  settings: HttpSettings
  parts: CtxParts
  streams: EventStreams
  counts: RequestCounts | undefined
}

async function serve(
  { settings, parts, streams, counts }: Serving,
  operation: AnyOperation<Ctx>,
  input: Record<string, unknown>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { checkOutput } = settings
  const answer = await run(parts, operation, callOf(request, reply, input), { checkOutput, ran: counts?.operation })
  if (operation.produces !== 'text/event-stream') return sendAnswer(reply, operation, answer)
  // What an operation that produces a stream answers with is what to watch.
  streams.open(reply.raw, answer.value as Watch | Live, headersSoFar(reply))
  counts?.request({ method: request.method, route: templateOf(request), status: 200 })
  return reply.hijack()
}

function callOf(request: FastifyRequest, reply: FastifyReply, input: Record<string, unknown>): Call {
  const caller = authenticate(request.headers)
  const idempotencyKey = request.headers['idempotency-key']
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableEnded) gone.abort()
  })
  return {
    caller,
    orgId: caller.orgId,
    requestId: request.id,
    ...(typeof idempotencyKey === 'string' && idempotencyKey !== '' ? { idempotencyKey } : {}),
    signal: gone.signal,
    input,
  }
}

const headersSoFar = (reply: FastifyReply): Record<string, string> =>
  Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]))
