// A control plane that the test plays, behind a real gRPC door, and the greeting of a worker that comes to it.
import { pino } from 'pino'
import type { Hello } from '../../src/contract/control-plane.ts'
import { newId } from '../../src/contract/ids.ts'
import { type GrpcDoor, type GrpcOptions, serveGrpc } from '../../src/server/grpc.ts'
import { ScriptedControlPlane } from './control-plane.ts'

export interface ServedControlPlane {
  door: GrpcDoor
  controlPlane: ScriptedControlPlane
}

/** On a free port; the token is `secret` unless said. */
export async function servedControlPlane(given: Partial<GrpcOptions> = {}): Promise<ServedControlPlane> {
  const controlPlane = new ScriptedControlPlane()
  const log = pino({ level: 'silent' })
  const door = await serveGrpc({ controlPlane, bind: '127.0.0.1:0', token: 'secret', log, ...given })
  return { door, controlPlane }
}

export const helloOf = (given: Partial<Hello> = {}): Hello => ({
  incarnation: newId(),
  name: 'remote',
  group: null,
  kinds: ['work'],
  capacity: 4,
  inProcess: false,
  stream: 1,
  hostname: 'here',
  version: '1',
  running: [],
  ...given,
})
