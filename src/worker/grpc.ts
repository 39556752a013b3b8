// The control plane as a worker on another machine reaches it: control-plane.ts's interface over worker.proto.
// Opening again after a break is the loop's duty; here a broken stream only says so, once.
import { type ChannelCredentials, type ClientDuplexStream, credentials, Metadata } from '@grpc/grpc-js'
import type { ControlMessage, ControlPlane, Hello, Link, LinkEvents, WorkerMessage } from '../contract/control-plane.ts'
import { type ControlFrame, WorkerClient, type WorkerFrame } from '../contract/gen/worker.ts'
import { frameWriter, weighWorker } from '../contract/worker-frames.ts'
import { problemOf } from '../contract/worker-status.ts'
import { controlFromWire, helloToWire, jsonBytes, jsonOf, wireLimitBytes, workerToWire } from '../contract/worker-wire.ts'
import type { TaskRef } from '../contract/workflow.ts'

export interface GrpcControlPlaneOptions {
  /** `host:port`. */
  address: string
  token: string | null
  /** PEM texts; left out: no TLS. `serverName` where the certificate names another host than the address. */
  tls?: { ca?: string; cert?: string; key?: string; serverName?: string }
  /** How long a silent connection may stay unanswered. Not below the lease: a slow balancer must not break healthy streams. */
  keepaliveTimeoutMs?: number
  /** Deadline of one Call. Default 30 s. */
  callTimeoutMs?: number
}

export interface GrpcControlPlane extends ControlPlane {
  /** Closes the connection; open streams end. */
  close(): void
}

/** Opens no connection until it is used. `call` rejects with Problems: `unavailable` where the control plane did not answer. */
export function grpcControlPlane(options: GrpcControlPlaneOptions): GrpcControlPlane {
  const { address, token, callTimeoutMs = 30_000 } = options
  const client = new WorkerClient(address, channelCredentials(options.tls), channelOptions(options))
  const metadata = new Metadata()
  if (token) metadata.set('authorization', `Bearer ${token}`)
  return {
    open: (hello, events) => openLink(client.open(metadata), hello, events),
    call: (task, incarnation, operation, input, signal) =>
      new Promise((resolve, reject) => {
        const request = { task, incarnation, operation, input: jsonBytes(input) }
        const call = client.call(request, metadata, { deadline: Date.now() + callTimeoutMs }, (error, reply) => {
          signal?.removeEventListener('abort', cancel)
          if (error) return reject(problemOf(error))
          Promise.resolve(reply.output).then(jsonOf).then(resolve, reject)
        })
        const cancel = () => call.cancel()
        if (signal?.aborted) cancel()
        signal?.addEventListener('abort', cancel)
      }),
    close: () => client.close(),
  }
}

function channelCredentials(tls: GrpcControlPlaneOptions['tls']): ChannelCredentials {
  if (!tls) return credentials.createInsecure()
  const pem = (text: string | undefined): Buffer | null => (text ? Buffer.from(text) : null)
  return credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.cert))
}

const channelOptions = ({ tls, keepaliveTimeoutMs = 20_000 }: GrpcControlPlaneOptions) => ({
  'grpc.max_receive_message_length': wireLimitBytes,
  'grpc.max_send_message_length': wireLimitBytes,
  'grpc.keepalive_time_ms': keepaliveTimeoutMs,
  'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 1_000,
  // A repeated request could arrive twice; what may be repeated is decided where its meaning is known.
  'grpc.enable_retries': 0,
  ...(tls?.serverName ? { 'grpc.ssl_target_name_override': tls.serverName, 'grpc.default_authority': tls.serverName } : {}),
})

function openLink(stream: ClientDuplexStream<WorkerFrame, ControlFrame>, hello: Hello, events: LinkEvents): Link {
  let over = false
  const closed = (why: string) => {
    if (over) return
    over = true
    stream.cancel()
    events.closed(why)
  }
  stream.on('data', (frame: ControlFrame) => {
    for (const message of decoded(frame, closed)) if (!over) events.receive(message)
  })
  stream.on('error', (error) => closed(error.message))
  stream.on('end', () => closed('the control plane ended the stream'))
  const out = frameWriter(stream, { frameOf: (messages) => ({ messages }), weigh: weighWorker })
  out.send(helloToWire(hello))
  return {
    send(message) {
      if (over) return
      const wire = workerToWire(message)
      if (weighWorker(wire) < wireLimitBytes) out.send(wire)
      else if ('task' in message) out.send(workerToWire(tooLarge(message.task)))
    },
    close() {
      // The last messages still go out; the server answers the end with its own.
      over = true
      out.end()
    },
  }
}

/** Instead of what cannot travel: it would break the stream of all its neighbours again and again. */
const tooLarge = (task: TaskRef): WorkerMessage => ({
  kind: 'fail',
  task,
  error: "The step's result is larger than a message of a worker may be",
  retryable: false,
})

function decoded(frame: ControlFrame, closed: (why: string) => void): ControlMessage[] {
  try {
    return frame.messages.flatMap((wire) => controlFromWire(wire) ?? [])
  } catch (error) {
    closed(`the control plane sent what cannot be read: ${error}`)
    return []
  }
}
