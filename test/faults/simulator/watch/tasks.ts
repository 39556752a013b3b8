// Tasks after every commit: who may change them, and which end is for ever.

import { isSuspect, lossesAllowed } from '../../../../src/durable/suspects.ts'
import type { Change } from '../database/tables.ts'
import type { Transaction } from '../database/transaction.ts'
import { times } from '../plane.ts'
import type { World } from '../world.ts'
import type { Given } from './watch.ts'

type TaskChange = Extract<Change, { table: 'tasks' }>
type EventChange = Extract<Change, { table: 'events' }>

const unless = (holds: boolean, breach: () => string): string[] => (holds ? [] : [breach()])
const isOpen = (status: string): boolean => status === 'pending' || status === 'claimed' || status === 'waiting'
const shown = ({ key, attempt }: { key: string; attempt: number }): string => `${key} (attempt ${attempt})`

export function taskBreaches(
  world: World,
  changes: readonly Change[],
  tx: Transaction,
  given: ReadonlyMap<string, Given>,
): string[] {
  return changes.flatMap((change) => {
    if (change.table === 'tasks')
      return [...lifeBreaches(change), ...suspectBreaches(world, change), ...reclaimBreaches(world, change, tx)]
    return change.table === 'events' ? writerBreaches(world, change, changes, given) : []
  })
}

function lifeBreaches({ before, after }: TaskChange): string[] {
  return [
    ...unless(after.failures <= lossesAllowed(after, false), () => `${shown(after)} failed ${after.failures} times`),
    ...(before
      ? [
          ...unless(isOpen(before.status), () => `${shown(before)} was ${before.status} and became ${after.status}`),
          ...unless(
            after.attempt >= before.attempt || after.status === 'cancelled',
            () => `${shown(before)} went back to ${after.attempt}`,
          ),
          ...unless(
            before.begunAt === null || after.status !== 'pending' || before.class !== 'at_most_once',
            () => `${shown(before)} had begun and was put back`,
          ),
        ]
      : []),
  ]
}

/** A worker runs one suspect at a time; and a loss in company only kills what has been lost far more often. */
function suspectBreaches({ database }: World, { before, after }: TaskChange): string[] {
  const tasks = [...database.tables.tasks.values()].filter(({ id }) => id !== after.id)
  const isGiven = before?.status === 'pending' && after.status === 'claimed' && isSuspect(before)
  const beside = tasks.find((task) => task.status === 'claimed' && task.claimedBy === after.claimedBy && isSuspect(task))
  const isLost = before?.status === 'claimed' && after.status === 'dead' && after.lostBy !== before.lostBy
  // What it was given after its lease had ended, be it by this very transaction, did not share its loss.
  const holder = database.tables.workers.get(before?.claimedBy ?? '')
  const lostAt = holder ? Math.min(holder.leaseUntil, holder.rerunUntil) : 0
  const company = tasks.find(
    ({ status, claimedBy, claimedAt, lostBy }) =>
      (status === 'claimed' ? claimedBy : lostBy) === before?.claimedBy && (claimedAt ?? 0) <= lostAt,
  )
  return [
    ...unless(!(isGiven && beside), () => `${shown(after)} was given to a worker that runs the suspect ${beside?.key}`),
    ...unless(
      !(isLost && company && after.failures < lossesAllowed(after, false)),
      () => `${shown(after)} died of a loss that it shared with ${company?.key}`,
    ),
  ]
}

/** An event of an attempt is only ever written while the one who was given that attempt holds it. */
function writerBreaches(
  { database }: World,
  { after }: EventChange,
  changes: readonly Change[],
  given: ReadonlyMap<string, Given>,
): string[] {
  if (!after.execId) return []
  const by = given.get(after.execId)
  if (!by) return [`${after.type} of an attempt that nobody was given`]
  const own = changes.find((change): change is TaskChange => change.table === 'tasks' && change.key === by.taskId)
  const task = own ? own.before : database.tables.tasks.get(by.taskId)
  const isHeld = task?.status === 'claimed' && task.attempt === by.attempt && task.claimedBy === by.worker.incarnation
  return unless(
    isHeld,
    () =>
      `${after.type} of attempt ${by.attempt} at ${task?.key} was stored although it was ${task?.status}, attempt ${task?.attempt}`,
  )
}

/** Nothing is taken from a holder whose lease held, nor from one that has been well and heard all the while. */
function reclaimBreaches(world: World, { before, after }: TaskChange, tx: Transaction): string[] {
  const isReclaim =
    before?.status === 'claimed' && after.lastError === 'the worker stopped responding' && after.lastError !== before.lastError
  const isInterrupt = before?.status === 'claimed' && after.status === 'dead' && after.failures === before.failures
  if (!before || !(isReclaim || isInterrupt)) return []
  const holder = world.database.tables.workers.get(before.claimedBy ?? '')
  const { now } = world.clock
  const held = holder !== undefined && holder.renewedAt < tx.begunAt && holder.leaseUntil > now && holder.rerunUntil > now
  return [
    ...unless(!(isReclaim && held), () => `${shown(before)} was taken from a holder whose lease held`),
    ...unless(!(isReclaim && isWell(world, before.claimedBy)), () => `${shown(before)} was taken from a worker that was well`),
  ]
}

/** Alive, not stopped, and connected to a control plane of which the same is true, for longer than a lease. */
function isWell({ network, workers, clock }: World, incarnation: string | null): boolean {
  const worker = workers.find((one) => one.incarnation === incarnation)
  if (!worker?.actor.alive || worker.isStopping) return false
  const since = clock.now - times.lease - 2 * times.beat
  return [...network.streams].some(
    (stream) =>
      stream.incarnation === incarnation &&
      stream.openedAt < since &&
      worker.actor.pausedUntil < since &&
      stream.plane?.actor.alive === true &&
      stream.plane.actor.pausedUntil < since,
  )
}
