// A worker as a process, or as a part of one: no database, no encryption keys, only the link to a control plane.
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { capabilityRegistry } from '../capabilities/index.ts'
import type { Capability } from '../contract/capability.ts'
import type { ControlPlane } from '../contract/control-plane.ts'
import { newId } from '../contract/ids.ts'
import { drivers } from '../llm/index.ts'
import {
  agentSteps,
  grpcControlPlane,
  type Steps,
  type StopOptions,
  severalControlPlanes,
  startWorkerLoop,
} from '../worker/index.ts'
import { workerTls } from './pem.ts'
import type { Settings } from './settings.ts'
import { packageVersion } from './version.ts'

export interface WorkerOptions {
  settings: Settings
  capabilities: readonly Capability[]
  /** Further steps, for tests and benchmarks. */
  steps?: Steps
  /** The control plane of this very process; left out: the one at SERVER_GRPC_ADDRESS. */
  controlPlane?: ControlPlane
  log: Logger
}

export interface RunningWorker {
  /** Finishes what runs, or hands it back once its time is over. */
  stop(time?: StopOptions): Promise<void>
}

/** Another worker has what is handed back within a second of the signal. */
const handOff: StopOptions = { graceMs: 500, begunMs: 10_000 }

/** Starts a worker. It connects in the background and again whenever the link breaks. */
export async function startWorker({
  settings,
  capabilities,
  steps,
  controlPlane,
  ...given
}: WorkerOptions): Promise<RunningWorker> {
  const name = settings.WORKER_ID ?? hostname()
  const incarnation = newId()
  const log = given.log.child({ worker_id: incarnation, worker: name })
  const link = controlPlane ? { controlPlane, close: () => {} } : await remote(settings)
  const loop = startWorkerLoop({
    controlPlane: link.controlPlane,
    steps: { ...agentSteps({ drivers, capabilities: capabilityRegistry(capabilities), log, now: () => new Date() }), ...steps },
    capacity: settings.MAX_CONCURRENT_TASKS,
    name,
    group: settings.WORKER_GROUP,
    version: packageVersion(),
    inProcess: controlPlane !== undefined,
    incarnation,
    log,
  })
  return {
    async stop(time = handOff) {
      await loop.stop(time)
      link.close()
    },
  }
}

async function remote(settings: Settings): Promise<{ controlPlane: ControlPlane; close(): void }> {
  const shared = {
    token: settings.WORKER_GRPC_AUTH_TOKEN,
    tls: await workerTls(settings),
    keepaliveTimeoutMs: Math.max(20_000, settings.DURABLE_LEASE_MS),
  }
  const planes = settings.SERVER_GRPC_ADDRESS.map((address) => grpcControlPlane({ address, ...shared }))
  const close = () => {
    for (const plane of planes) plane.close()
  }
  return { controlPlane: severalControlPlanes(planes, { random: Math.random }), close }
}
