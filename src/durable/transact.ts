// The shared transaction: one round trip locks and reads, the folds run, one round trip writes and commits. Where all heads are kept in
// memory (kept.ts) it is one round trip in all: the folds run first, and the lock fails unless what they saw still holds.
import type pg from 'pg'
import { failpoint } from '../contract/failpoint.ts'
import type { Uuid } from '../contract/ids.ts'
import { Problem } from '../contract/problem.ts'
import type { WorkflowType } from '../contract/workflow.ts'
import { RoundTrip } from '../db/round-trip.ts'
import { BrokenFold, HeadMissing, type Item, type Row } from './item.ts'
import type { KeptHead } from './kept.ts'
import { type ConfigRevisionRow, type Looked, lockAndLook, none, viewsOf } from './look.ts'
import type { Ports } from './ports.ts'
import type { Statement } from './rows.ts'
import { begin, commit, lockKept } from './statements.ts'
import { HeadView } from './view.ts'
import type { Placing, ViewRows } from './view-rows.ts'
import { writesOf } from './write.ts'

/** What became of an item. `busy`: another batch holds its head. */
export type Fate = { done: unknown } | { failed: unknown } | 'busy'

export interface Transacted {
  fates: Map<Item<unknown>, Fate>
  views: HeadView[]
  /** The database's time in the middle of it. */
  now: number | null
}

export interface TransactOptions {
  types: ReadonlyMap<string, WorkflowType<unknown>>
  ports: Ports
  placing: Placing
  /** Some of the items ran before and their commit's outcome is not known. */
  rerun: boolean
}

function foldAll(
  items: readonly Item<unknown>[],
  views: Map<Uuid, HeadView>,
  { existing, looks }: Pick<Looked, 'existing' | 'looks'>,
): Map<Item<unknown>, Fate> {
  const fates = new Map<Item<unknown>, Fate>()
  for (const item of items) {
    const view = views.get(item.sessionId)
    if (!view) fates.set(item, existing.has(item.sessionId) ? 'busy' : { failed: new HeadMissing() })
    else if (item.orgId && view.head.orgId !== item.orgId) fates.set(item, { failed: new HeadMissing() })
    else fates.set(item, fold(item, view, looks.get(item) ?? []))
  }
  return fates
}

/** A refusal is the item's own matter as long as it has changed nothing. Throws BrokenFold for every other failure. */
function fold(item: Item<unknown>, view: HeadView, looked: Row[][]): Fate {
  const before = view.changes
  try {
    return { done: item.fold(view, looked) }
  } catch (error) {
    if (error instanceof Problem && view.changes === before) return { failed: error }
    throw new BrokenFold(item, error)
  }
}

const passFailpoints = (items: readonly Item<unknown>[], where: string): void => {
  for (const { name } of items) void failpoint(`${name}.${where}`)
}

/** Runs the items in one transaction. Throws when the transaction failed, or may have: then all of it is to be run again. */
export async function transact(
  client: pg.ClientBase,
  items: readonly Item<unknown>[],
  options: TransactOptions,
): Promise<Transacted> {
  const looked = await lockAndLook(client, items, options.ports, options.rerun)
  const views = viewsOf(looked, options)
  const fates = foldAll(items, views, looked)
  const writes = writesOf([...views.values()], options.ports)
  await writeAndCommit(client, new RoundTrip(), items, writes)
  return { fates, views: [...views.values()], now: looked.heads[0]?.now ?? null }
}

/** Sends the trip with these statements and the commit behind what it has already. */
async function writeAndCommit(
  client: pg.ClientBase,
  trip: RoundTrip,
  items: readonly Item<unknown>[],
  writes: readonly Statement[],
): Promise<void> {
  passFailpoints(items, 'before_commit')
  for (const statement of [...writes, commit]) trip.ask(statement)
  const answers = await trip.make(client)
  if (answers.at(-1)?.command !== 'COMMIT') throw new Error('the transaction was rolled back')
  passFailpoints(items, 'after_commit')
}

/**
 * The same for items whose heads are all kept, at this time of the database. Throws when a head has changed since, and in every other case
 * of `transact`; nothing was committed then unless the connection broke.
 */
export async function transactKept(
  client: pg.ClientBase,
  items: readonly Item<unknown>[],
  heads: readonly KeptHead[],
  time: number,
  options: TransactOptions,
): Promise<Transacted> {
  const { ports } = options
  // A head's time does not go back.
  const now = Math.floor(Math.max(time, ...heads.map((kept) => kept.now)))
  const views = new Map(heads.map((kept) => [kept.head.sessionId, keptView(kept, now, options)]))
  const trip = new RoundTrip()
  trip.ask(begin)
  // Before the folds: they change the heads.
  const locked = trip.ask<{ now: number }>(
    lockKept(
      heads.map(({ head }) => head),
      now,
    ),
  )
  const configs = ports.configRevisions ? trip.ask<ConfigRevisionRow>(ports.configRevisions([...views.keys()])) : none
  const fates = foldAll(items, views, nothingLooked)
  await writeAndCommit(client, trip, items, writesOf([...views.values()], ports))
  for (const { sessionId, revision } of configs()) views.get(sessionId)?.configRevisionIs(revision)
  return { fates, views: [...views.values()], now: locked()[0]?.now ?? null }
}

const nothingLooked: Pick<Looked, 'existing' | 'looks'> = { existing: new Set(), looks: new Map() }

function keptView({ head, workflow, tasks }: KeptHead, now: number, { types, placing }: TransactOptions): HeadView {
  const rows: ViewRows = {
    head,
    workflow,
    tasks,
    now,
    configRevision: null,
    leases: new Map(),
    revisions: new Map(),
    accepts: new Map(),
    inputs: new Map(),
    written: new Set(),
  }
  return new HeadView(rows, types, placing)
}
