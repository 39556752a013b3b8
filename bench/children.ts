// Starts the product's processes for a measurement, hears them and ends them.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { FromReaders, FromServer, FromWorker, ToReaders, ToServer, ToWorker } from './messages.ts'

export interface Child<To, From> {
  pid: number
  send(message: To): void
  hear(listener: (message: From) => void): void
  /** As a crash. */
  kill(): void
  /** As a deployment: resolves when it has ended. */
  stop(): Promise<void>
}
export type ServerChild = Child<ToServer, FromServer> & { url: string; grpcPort: number }
export type WorkerChild = Child<ToWorker, FromWorker>
export type ReadersChild = Child<ToReaders, FromReaders>

/** By pid: what is still running when the measurement ends in whatever way is killed. */
const running = new Map<number, ChildProcess>()
process.on('exit', () => {
  for (const child of running.values()) child.kill('SIGKILL')
})

/** Of the product, by their names in the environment. */
export type Settings = Record<string, string>

/** `file`: beside this one, once both are compiled (scripts/bench.mjs). */
function start<To extends { do: string }, From>(file: string, settings: Settings): Child<To, From> {
  const child = fork(new URL(file, import.meta.url), {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  const pid = child.pid ?? 0
  running.set(pid, child)
  const ended = once(child, 'exit').then(() => running.delete(pid))
  // A process that is gone hears nothing; the measurement notices by what it waits for.
  const send = (message: To) => void (child.connected && child.send(message, () => {}))
  return {
    pid,
    send,
    hear: (listener) => void child.on('message', listener),
    kill: () => void child.kill('SIGKILL'),
    async stop() {
      // Both know this word.
      send({ do: 'stop' } as To)
      await ended
    },
  }
}

/** What a process says first: that it is ready. */
function firstMessage<From extends { is: string }>(child: Child<never, From>): Promise<From> {
  return new Promise((resolve, reject) => {
    child.hear(resolve)
    running.get(child.pid)?.once('exit', (code) => reject(new Error(`A process ended before it was ready (${code}).`)))
  })
}

/** A control plane on ports of its own; resolves when it serves. */
export async function startServerChild(databaseUrl: string, settings: Settings = {}): Promise<ServerChild> {
  const child = start<ToServer, FromServer>('./server-process.js', {
    DATABASE_URL: databaseUrl,
    HTTP_ADDR: '127.0.0.1:0',
    SERVER_GRPC_BIND_ADDR: '127.0.0.1:0',
    RATE_LIMIT_API_REQUESTS_PER_MINUTE: '0',
    ...settings,
  })
  const ready = await firstMessage(child)
  if (ready.is === 'failed') throw new Error(ready.why)
  child.hear((message) => {
    if (message.is === 'failed') process.stderr.write(`the server could not do something: ${message.why}\n`)
  })
  return { ...child, ...ready }
}

export interface WorkerPlace {
  grpcPort: number
  /** Steps at once; left out: the product's default. */
  capacity?: number
  effectsUrl?: string
  /** Workers in this one process, each with a connection and slots of its own; one unless said. */
  workers?: number
}

/** Resolves when the process runs and its workers have begun to connect. */
export async function startWorkerChild({ grpcPort, capacity, effectsUrl, workers = 1 }: WorkerPlace): Promise<WorkerChild> {
  const child = start<ToWorker, FromWorker>('./worker-process.js', {
    SERVER_GRPC_ADDRESS: `127.0.0.1:${grpcPort}`,
    BENCH_WORKERS: String(workers),
    ...(capacity ? { MAX_CONCURRENT_TASKS: String(capacity) } : {}),
    ...(effectsUrl ? { BENCH_EFFECTS_URL: effectsUrl } : {}),
  })
  await firstMessage(child)
  return child
}

/** A process that will hold many readers of event streams. */
export async function startReadersChild(): Promise<ReadersChild> {
  const child = start<ToReaders, FromReaders>('./readers-process.js', {})
  await firstMessage(child)
  return child
}
