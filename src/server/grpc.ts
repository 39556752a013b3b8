// Serves a control plane to workers over gRPC: who may connect, the socket, and a graceful end.
// What a stream's messages mean is the control plane's; how they travel is grpc-stream.ts's.
import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import {
  logVerbosity,
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  setLogVerbosity,
} from '@grpc/grpc-js'
import type { Logger } from 'pino'
import type { ControlPlane } from '../contract/control-plane.ts'
import { type CallReply, type CallRequest, type WorkerServer, WorkerService } from '../contract/gen/worker.ts'
import { Problem } from '../contract/problem.ts'
import { statusOf } from '../contract/worker-status.ts'
import { jsonBytes, jsonOf, wireLimitBytes } from '../contract/worker-wire.ts'
import { type ServedStream, serveStream } from './grpc-stream.ts'

export interface GrpcOptions {
  controlPlane: ControlPlane
  /** `host:port`; port 0 takes a free one. */
  bind: string
  /** Null only on loopback. */
  token: string | null
  /** PEM texts; `ca` demands client certificates. */
  tls?: { cert: string; key: string; ca?: string }
  /** How long a silent connection may stay unanswered; 20 s unless said. A worker whose host is gone ends no connection. */
  keepaliveTimeoutMs?: number
  log: Logger
}

export interface GrpcDoor {
  /** The port that was taken. */
  port: number
  /** Ends streams (workers open new ones elsewhere) and waits this long for calls before cutting them. */
  close(graceMs?: number): Promise<void>
}

/** Listens. Refuses a bind beyond loopback without a token, and a taken port, with a sentence. */
export async function serveGrpc(options: GrpcOptions): Promise<GrpcDoor> {
  const { bind, token, log, keepaliveTimeoutMs = 20_000 } = options
  // What it writes past our log is also in the errors it hands us.
  setLogVerbosity(logVerbosity.NONE)
  if (!token && !isLoopback(bind)) throw new Error(`WORKER_GRPC_AUTH_TOKEN must be set to serve workers on ${bind}`)
  const server = new Server({
    'grpc.max_receive_message_length': wireLimitBytes,
    'grpc.max_send_message_length': wireLimitBytes,
    'grpc.keepalive_time_ms': keepaliveTimeoutMs,
    'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
  })
  const streams = new Set<ServedStream>()
  server.addService(WorkerService, service(options, streams))
  const port = await listen(server, bind, serverCredentials(options.tls))
  log.info({ bind, port, tls: options.tls !== undefined, with_token: token !== null }, 'serving workers over gRPC')
  return { port, close: (graceMs = 5_000) => close(server, streams, graceMs) }
}

function service({ controlPlane, token, log }: GrpcOptions, streams: Set<ServedStream>): WorkerServer {
  const admits = admission(token)
  const refusal = () => statusOf(new Problem('unauthorized', 'The worker token is missing or wrong'))
  return {
    open(call) {
      if (!admits(call.metadata)) {
        log.warn({ peer: call.getPeer() }, 'a worker was refused: its token is missing or wrong')
        return void call.emit('error', refusal())
      }
      const stream = serveStream(call, controlPlane, log, () => streams.delete(stream))
      streams.add(stream)
    },
    call(call, reply) {
      if (!admits(call.metadata)) return reply(refusal())
      serveCall(controlPlane, call, reply, log)
    },
  }
}

async function serveCall(
  controlPlane: ControlPlane,
  call: ServerUnaryCall<CallRequest, CallReply>,
  reply: sendUnaryData<CallReply>,
  log: Logger,
): Promise<void> {
  const { task, incarnation, operation, input } = call.request
  const gone = new AbortController()
  call.on('cancelled', () => gone.abort())
  try {
    if (!task) throw new Problem('bad_request', 'A call must name the task it is made for')
    const output = await controlPlane.call(task, incarnation, operation, jsonOf(input), gone.signal)
    reply(null, { output: jsonBytes(output) })
  } catch (error) {
    if (!(error instanceof Problem) && !gone.signal.aborted)
      log.error({ err: error, operation, task_id: task?.id, worker_id: incarnation }, "a worker's call failed")
    reply(statusOf(error))
  }
}

/** Compares digests, so that neither the time it takes nor a length tells anything about the token. */
function admission(token: string | null): (metadata: Metadata) => boolean {
  if (!token) return () => true
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const expected = digest(`Bearer ${token}`)
  return (metadata) => timingSafeEqual(expected, digest(String(metadata.get('authorization')[0] ?? '')))
}

function isLoopback(bind: string): boolean {
  const host = bind.slice(0, bind.lastIndexOf(':')).replace(/^\[|\]$/g, '')
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function serverCredentials(tls: GrpcOptions['tls']): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure()
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) }
  return ServerCredentials.createSsl(tls.ca ? Buffer.from(tls.ca) : null, [pair], tls.ca !== undefined)
}

const listen = (server: Server, bind: string, credentials: ServerCredentials): Promise<number> =>
  new Promise((resolve, reject) => server.bindAsync(bind, credentials, (error, port) => (error ? reject(error) : resolve(port))))

async function close(server: Server, streams: Set<ServedStream>, graceMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    // It also waits for ever for a connection that broke a moment ago.
    const cut = setTimeout(() => {
      server.forceShutdown()
      resolve()
    }, graceMs)
    server.tryShutdown(() => {
      clearTimeout(cut)
      resolve()
    })
    for (const stream of streams) stream.end()
  })
}
