// The worker: the loop, and the steps of a turn it knows.
import type { Logger } from 'pino'
import type { CapabilityRegistry } from '../contract/capability.ts'
import type { Driver } from '../contract/model.ts'
import { actStep } from './act/act.ts'
import { Agents } from './agents.ts'
import { Credentials } from './credentials.ts'
import { reasonStep } from './reason/reason.ts'
import { SessionMemory } from './session-memory.ts'
import { SharedContents } from './shared-contents.ts'
import type { Steps } from './step.ts'

export { type GrpcControlPlane, grpcControlPlane } from './grpc.ts'
export { type StopOptions, startWorkerLoop, type WorkerLoop } from './loop.ts'
export { severalControlPlanes } from './several.ts'
export type { Steps } from './step.ts'

export interface AgentStepsOptions {
  drivers: readonly Driver[]
  capabilities: CapabilityRegistry
  log: Logger
  now(): Date
}

/** The steps of an agent's turn. One table per process: its steps share what they remember of sessions. */
export function agentSteps({ drivers, capabilities, log, now }: AgentStepsOptions): Steps {
  const parts = { agents: new Agents(capabilities), memory: new SessionMemory(), log, now, clock: () => performance.now() }
  return {
    reason: reasonStep({ ...parts, drivers, contents: new SharedContents(), credentials: new Credentials() }),
    act: actStep(parts),
  }
}
