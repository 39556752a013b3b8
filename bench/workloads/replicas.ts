// W4 across two control planes: an event is written through one of them and read at the other.
import { startServerChild } from '../children.ts'
import type { Measured, Repetition } from '../measure.ts'
import type { Stage } from '../stage.ts'
import { stream } from './turns.ts'

export async function acrossReplicas(stage: Stage, repetition: Repetition): Promise<Measured> {
  const other = await startServerChild(stage.databaseUrl)
  // Its CPU is the product's, but not the one server's: it is counted with the clients.
  stage.clients.push(other.pid)
  return stream(stage, repetition, other.url).finally(() => other.stop())
}
