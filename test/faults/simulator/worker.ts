// A worker of a run: the real loop, with the run's model and tools as its steps. Each is one process: it dies for good, and what
// starts in its place has the same name and another incarnation.
import { pino } from 'pino'
import { newId } from '../../../src/contract/ids.ts'
import { startWorkerLoop, type WorkerLoop } from '../../../src/worker/loop.ts'
import { type Actor, actor } from './clock.ts'
import { stepsOf } from './steps.ts'
import type { World } from './world.ts'

const silent = pino({ level: 'silent' })

export class Worker {
  readonly actor: Actor
  readonly incarnation = newId()
  readonly capacity: number
  readonly loop: WorkerLoop
  /** It was told to end. */
  isStopping = false

  constructor(world: World, name: string, capacity: number) {
    this.actor = actor(name)
    this.capacity = capacity
    const { clock, random, network } = world
    this.loop = clock.as(this.actor, () =>
      startWorkerLoop({
        controlPlane: network.controlPlaneFor(this.actor),
        steps: stepsOf(world, this),
        capacity,
        name,
        group: null,
        version: '0',
        inProcess: false,
        log: silent,
        incarnation: this.incarnation,
        random: () => random.next(),
      }),
    )
  }
}
