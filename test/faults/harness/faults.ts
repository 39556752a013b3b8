// The ways to die: a worker at a named place, a control plane at a named place or any time, a worker that only sleeps too long, the
// database for a while.
import { setTimeout as wait } from 'node:timers/promises'
import { callsIn } from '../invariants/effects.ts'
import type { Evidence } from '../invariants/evidence.ts'
import type { Child } from './child.ts'
import type { Random } from './random.ts'
import { type Fault, Missed } from './run.ts'
import { turnMs } from './script.ts'
import { times, type World } from './world.ts'

const manySlots = 50
const fewSlots = 8
/** A worker's slots reach the control plane right after its hello; nothing tells when. */
const creditMs = 30

/** How the at-most-once call must have ended, where the place of death decides it. */
export interface OnceEnds {
  status: 'success' | 'interrupted'
  happened: number
}

const checkOnce =
  (ends: OnceEnds | undefined) =>
  ({ events, ledger }: Evidence): string[] =>
    callsIn({ events, ledger }).flatMap(({ class: effect, status, lines }) =>
      !ends || effect !== 'at_most_once' || (status === ends.status && lines.length === ends.happened)
        ? []
        : [
            `the at-most-once call ended as ${status} and happened ${lines.length} times, not ${ends.status} and ${ends.happened}`,
          ],
    )

async function died(child: Child, ended: Promise<unknown>): Promise<number> {
  await Promise.race([child.died, ended])
  if (child.diedAt === null) throw new Missed()
  return child.diedAt ?? Date.now()
}

/** The worker that gets the turn dies at a place; another one is there already, or is started then. */
export function workerDies(world: World, random: Random, failpoints: string, ends?: OnceEnds): Fault {
  const takesOver = random.next() < 0.5
  let victim: Child | undefined
  return {
    async prepare() {
      if (!takesOver) await world.killWorkers()
      victim = await world.addWorker({ slots: manySlots, failpoints })
      if (takesOver && world.workers.length < 2) await world.addWorker({ slots: fewSlots })
      await wait(creditMs)
    },
    async strike(ended) {
      if (!victim) throw new Error('nobody to kill')
      const at = await died(victim, ended)
      if (!takesOver) await world.addWorker({ slots: fewSlots })
      return at
    },
    async repair() {
      await victim?.kill()
      world.forgetDead()
    },
    check: checkOnce(ends),
  }
}

/** The worker is stopped at a place for longer than its lease and then goes on, knowing nothing of it. */
export function workerSleeps(world: World, failpoints: string, ends?: OnceEnds): Fault {
  let sleeper: Child | undefined
  return {
    async prepare() {
      await world.killWorkers()
      sleeper = await world.addWorker({ slots: manySlots, failpoints })
      await world.addWorker({ slots: fewSlots })
    },
    async strike() {
      const since = Date.now()
      await wait(3 * times.lease)
      sleeper?.signal('SIGCONT')
      return since
    },
    async repair() {
      await sleeper?.kill()
      world.forgetDead()
    },
    check: checkOnce(ends),
  }
}

const oneWorker = async (world: World): Promise<void> => {
  if (world.workers.length === 0) await world.addWorker({ slots: fewSlots })
}

/** The control plane dies at a place and is started again; its worker lives on. */
export function planeDies(world: World, failpoints: string): Fault {
  const [plane] = world.planes
  if (!plane) throw new Error('there is no control plane')
  return {
    async prepare() {
      await oneWorker(world)
      await plane.child.arm(failpoints)
    },
    async strike(ended) {
      const at = await died(plane.child, ended)
      await world.restart(plane)
      return at
    },
    async repair() {
      if (plane.child.diedAt !== null) await world.restart(plane)
      await plane.child.arm('')
    },
  }
}

/** The first control plane is killed at any moment of the turn; it comes back at once, or only after the turn where there is a second. */
export function planeKilled(world: World, random: Random): Fault {
  const [plane] = world.planes
  if (!plane) throw new Error('there is no control plane')
  const isAlone = world.planes.length === 1
  return {
    async prepare() {
      if (isAlone) return oneWorker(world)
      const addresses = await world.balancers()
      for (const address of addresses.slice(world.workers.length)) await world.addWorker({ slots: fewSlots, address })
    },
    async strike() {
      await wait(random.between(0, turnMs))
      await plane.child.kill()
      const at = plane.child.diedAt ?? Date.now()
      if (isAlone) await world.restart(plane)
      return at
    },
    async repair() {
      if (plane.child.diedAt !== null) await world.restart(plane)
    },
  }
}

/** PostgreSQL is gone, as after a power cut, for so long. Recovery counts from its return. */
export function databaseAway(world: World, random: Random, downMs: number): Fault {
  return {
    prepare: () => oneWorker(world),
    async strike() {
      await wait(random.between(0, turnMs))
      await world.postgres.stopImmediately()
      await wait(downMs)
      await world.postgres.start()
      return Date.now()
    },
    repair: async () => {},
  }
}
