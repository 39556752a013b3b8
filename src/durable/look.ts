// What folds decide on: a head's rows, looked up after its lock was had, in the same round trip.
import type pg from 'pg'
import type { Uuid } from '../contract/ids.ts'
import { RoundTrip } from '../db/round-trip.ts'
import { grouped } from './gathered.ts'
import type { Item, Row } from './item.ts'
import type { EffectKey, Ports } from './ports.ts'
import type { HeadRow, Statement, TaskRow, WorkflowRow } from './rows.ts'
import { begin, existingHeads, leasesOf, liveWorkflows, lockHeads, tasksOf } from './statements.ts'
import type { TransactOptions } from './transact.ts'
import { HeadView } from './view.ts'
import type { Lease, StoredAccept, ViewRows } from './view-rows.ts'

const findAccepts = (keys: { sessionId: Uuid; key: string }[]): Statement => ({
  name: 'find_accepts',
  text: `select session_id as "sessionId", key, fingerprint, answer from accepts
         where (session_id, key) in (select * from unnest($1::uuid[], $2::text[]))`,
  values: [keys.map((k) => k.sessionId), keys.map((k) => k.key)],
})

const findInputs = (ids: { sessionId: Uuid; inputId: string }[]): Statement => ({
  name: 'find_inputs',
  text: `select e.session_id as "sessionId", n.input_id as "inputId", e.sequence
         from unnest($1::uuid[], $2::text[]) n (session_id, input_id)
         join events e on e.session_id = n.session_id and e.type = 'input.message' and e.data -> 'message' ->> 'id' = n.input_id`,
  values: [ids.map((i) => i.sessionId), ids.map((i) => i.inputId)],
})

interface RevisionRow {
  store: string
  session_id: Uuid
  key: string
  revision: string | number | null
  place?: string
}

export interface ConfigRevisionRow {
  sessionId: Uuid
  revision: number
}

export interface Looked {
  heads: (HeadRow & { now: number })[]
  existing: Set<Uuid>
  workflows: WorkflowRow[]
  tasks: TaskRow[]
  leases: Map<Uuid, Lease>
  accepts: ({ sessionId: Uuid; key: string } & StoredAccept)[]
  inputs: { sessionId: Uuid; inputId: string; sequence: number }[]
  revisions: RevisionRow[]
  looks: Map<Item<unknown>, Row[][]>
  configRevisions: Map<Uuid, number>
}

/** First round trip. Every statement after the lock is newer than the lock. */
export async function lockAndLook(
  client: pg.ClientBase,
  items: readonly Item<unknown>[],
  ports: Ports,
  rerun: boolean,
): Promise<Looked> {
  const sessionIds = [...new Set(items.map((item) => item.sessionId))].sort()
  const taskIds = items.flatMap((item) => item.taskIds ?? [])
  const holders = [...new Set(items.flatMap((item) => item.holders ?? []))]
  const keys = items.flatMap((item) => (item.acceptKey ? [{ sessionId: item.sessionId, key: item.acceptKey }] : []))
  const inputIds = rerun ? items.flatMap(({ sessionId, inputId }) => (inputId ? [{ sessionId, inputId }] : [])) : []
  const trip = new RoundTrip()
  trip.ask(begin)
  const heads = trip.ask<HeadRow & { now: number }>(lockHeads(sessionIds))
  const workflows = trip.ask<WorkflowRow>(liveWorkflows(sessionIds))
  const tasks = trip.ask<TaskRow>(tasksOf(sessionIds, taskIds))
  const leases = holders.length > 0 ? trip.ask<{ incarnation: Uuid } & Lease>(leasesOf(holders)) : none
  const accepts = keys.length > 0 ? trip.ask<Looked['accepts'][number]>(findAccepts(keys)) : none
  const inputs = inputIds.length > 0 ? trip.ask<Looked['inputs'][number]>(findInputs(inputIds)) : none
  const revisions = askRevisions(trip, items, ports)
  const configs = ports.configRevisions ? trip.ask<ConfigRevisionRow>(ports.configRevisions(sessionIds)) : none
  const looks = items.flatMap((item) => (item.looks ? [{ item, rows: item.looks.map((look) => trip.ask<Row>(look)) }] : []))
  await trip.make(client)
  return {
    heads: heads(),
    existing: await existingOf(client, sessionIds, heads()),
    workflows: workflows(),
    tasks: tasks(),
    leases: new Map(leases().map(({ incarnation, held, rerunHeld }) => [incarnation, { held, rerunHeld }])),
    accepts: accepts(),
    inputs: inputs(),
    revisions: revisions.flatMap(({ store, rows }) => rows().map((row) => ({ store, ...row }))),
    looks: new Map(looks.map(({ item, rows }) => [item, rows.map((of) => of())])),
    configRevisions: new Map(configs().map(({ sessionId, revision }) => [sessionId, revision])),
  }
}

export const none = (): never[] => []

/** Of the heads that could not be locked, those that exist. */
async function existingOf(client: pg.ClientBase, sessionIds: Uuid[], locked: readonly HeadRow[]): Promise<Set<Uuid>> {
  const here = new Set(locked.map((head) => head.sessionId))
  const missing = sessionIds.filter((id) => !here.has(id))
  if (missing.length === 0) return new Set()
  const trip = new RoundTrip()
  const existing = trip.ask<{ sessionId: Uuid }>(existingHeads(missing))
  await trip.make(client)
  return new Set(existing().map((row) => row.sessionId))
}

interface AskedRevisions {
  store: string
  rows(): Omit<RevisionRow, 'store'>[]
}

/** Who holds rows of an effect store for long (a tree that is moved) must not hold the heads of a whole batch with them. */
const soonOrNever: Statement = { name: 'soon_or_never', text: `set local lock_timeout = '100ms'`, values: [] }

function askRevisions(trip: RoundTrip, items: readonly Item<unknown>[], ports: Ports): AskedRevisions[] {
  const byStore = new Map<string, Map<string, EffectKey>>()
  for (const { sessionId, orgId = '', revisions = [] } of items) {
    for (const { store, key } of revisions) {
      const keys = byStore.get(store) ?? new Map<string, EffectKey>()
      keys.set(`${sessionId}\0${key}`, { orgId, sessionId, key })
      byStore.set(store, keys)
    }
  }
  return [...byStore].flatMap(([store, keys]) => {
    const port = ports.effects.get(store)
    if (!port) return []
    if (port.lock) {
      trip.ask(soonOrNever)
      trip.ask(port.lock([...keys.values()]))
    }
    return [{ store, rows: trip.ask<Omit<RevisionRow, 'store'>>(port.revisions([...keys.values()])) }]
  })
}

export function viewsOf(looked: Looked, { types, placing }: TransactOptions): Map<Uuid, HeadView> {
  const workflows = grouped(looked.workflows, (row) => row.sessionId)
  const tasks = grouped(looked.tasks, (row) => row.sessionId)
  const accepts = grouped(looked.accepts, (row) => row.sessionId)
  const inputs = grouped(looked.inputs, (row) => row.sessionId)
  const revisions = grouped(looked.revisions, (row) => row.session_id)
  const written = new Set<string>()
  const views = looked.heads.map((head) => {
    const id = head.sessionId
    const rows: ViewRows = {
      head,
      now: head.now,
      workflow: workflows.get(id)?.[0] ?? null,
      tasks: tasks.get(id) ?? [],
      leases: looked.leases,
      configRevision: looked.configRevisions.get(id) ?? null,
      accepts: new Map(accepts.get(id)?.map(({ key, fingerprint, answer }) => [key, { fingerprint, answer }])),
      inputs: new Map(inputs.get(id)?.map(({ inputId, sequence }) => [inputId, sequence])),
      revisions: new Map(
        revisions.get(id)?.map((row) => [`${row.store}\0${row.key}`, { revision: textOrNull(row.revision), place: row.place }]),
      ),
      written,
    }
    return [id, new HeadView(rows, types, placing)] as const
  })
  return new Map(views)
}

const textOrNull = (value: string | number | null): string | null => (value === null ? null : String(value))
