// The ways to die: a worker at a named place, a control plane at a named place or any time, a worker that only sleeps too long, the
// database for a while.
import { setTimeout as wait } from 'node:timers/promises'
import { ledgerOf, ledgerToolNames } from '../../support/ledger-tools.ts'
import { callsIn } from '../invariants/effects.ts'
import type { Evidence } from '../invariants/evidence.ts'
import type { Child } from './child.ts'
import type { Random } from './random.ts'
import { type Fault, Missed } from './run.ts'
import { turnMs } from './script.ts'
import { uuidOf } from './wire.ts'
import { type Plane, times, type World } from './world.ts'

const manySlots = 50
const fewSlots = 8
/** A worker's slots reach the control plane right after its hello; nothing tells when. */
const creditMs = 30
const lookMs = 10
/** The end of a turn may be seen before the end of the process that made it. */
const exitMs = 200

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

/** When it died; throws `Missed` where the turn was over first. */
export async function died(child: Child, ended: Promise<unknown>): Promise<number> {
  await Promise.race([child.died, ended.then(() => wait(exitMs))])
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

/** Sees to it that somebody works. */
export const oneWorker = async (world: World): Promise<void> => {
  if (world.workers.length === 0) await world.addWorker({ slots: fewSlots })
}

export function firstPlane({ planes: [plane] }: World): Plane {
  if (!plane) throw new Error('there is no control plane')
  return plane
}

/** The control plane is there again, and nothing is armed in it. */
export async function planeRepaired(world: World, plane: Plane): Promise<void> {
  if (plane.child.diedAt !== null) await world.restart(plane)
  await plane.child.arm('')
}

/** The control plane dies at a place and is started again; its worker lives on. */
export function planeDies(world: World, failpoints: string): Fault {
  const plane = firstPlane(world)
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
    repair: () => planeRepaired(world, plane),
  }
}

/**
 * One of two control planes dies at a place; the only worker goes to the other, and the dead one comes back after the turn.
 * `toldWithinMs`: readers at the other one must know of the turn's end so soon.
 */
export function oneOfTwoDies(world: World, failpoints: string, toldWithinMs?: number): Fault {
  const plane = firstPlane(world)
  return {
    async prepare() {
      await world.killWorkers()
      await world.addWorker({ slots: manySlots, address: (await world.balancers())[0] })
      await plane.child.arm(failpoints)
    },
    async strike(ended, { reader }) {
      const at = await died(plane.child, ended)
      if (toldWithinMs !== undefined) await reader.idleAfter(0, toldWithinMs)
      return at
    },
    repair: () => planeRepaired(world, plane),
  }
}

/** A worker dies, and the control plane that takes its task away dies while it does; another worker waits. */
export function sweeperDies(world: World, failpoints: string, workerFailpoints: string): Fault {
  const plane = firstPlane(world)
  let victim: Child | undefined
  return {
    async prepare() {
      await world.killWorkers()
      victim = await world.addWorker({ slots: manySlots, failpoints: workerFailpoints })
      await world.addWorker({ slots: fewSlots, address: world.planes.at(-1)?.grpc })
      await plane.child.arm(failpoints)
    },
    async strike(ended) {
      const at = await died(plane.child, ended)
      await world.restart(plane)
      return at
    },
    async repair() {
      await victim?.kill()
      world.forgetDead()
      await planeRepaired(world, plane)
    },
  }
}

async function workerAtEach(world: World): Promise<void> {
  const addresses = await world.balancers()
  for (const address of addresses.slice(world.workers.length)) await world.addWorker({ slots: fewSlots, address })
}

/** The first control plane is killed at any moment of the turn; it comes back at once, or only after the turn where there is a second. */
export function planeKilled(world: World, random: Random): Fault {
  const plane = firstPlane(world)
  const isAlone = world.planes.length === 1
  return {
    async prepare() {
      await (isAlone ? oneWorker(world) : workerAtEach(world))
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

/** PostgreSQL is gone for two leases from the moment on at which an at-most-once effect has happened; its worker keeps the result. */
export function databaseAwayAfterEffect(world: World): Fault {
  return {
    async prepare() {
      await world.killWorkers()
      await world.addWorker({ slots: manySlots, failpoints: 'act.after_effect.at_most_once=sleep(1000)@1' })
    },
    async strike(_ended, { session }) {
      while (!ledgerOf(world.ledger, uuidOf(session)).some(({ tool }) => tool === ledgerToolNames.at_most_once))
        await wait(lookMs)
      await world.postgres.stopImmediately()
      await wait(2 * times.lease)
      await world.postgres.start()
      return Date.now()
    },
    repair: () => world.killWorkers(),
    check: checkOnce({ status: 'success', happened: 1 }),
  }
}
