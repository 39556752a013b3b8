// The shared transaction: one round trip locks and reads, the folds run, one round trip writes and commits.
import type pg from 'pg'
import { failpoint } from '../contract/failpoint.ts'
import type { Uuid } from '../contract/ids.ts'
import type { WorkflowType } from '../contract/workflow.ts'
import { HeadMissing, type Item, type Row } from './item.ts'
import type { EffectKey, Ports } from './ports.ts'
import type { HeadRow, Statement, TaskRow, WorkflowRow } from './rows.ts'
import { existingHeads, leasesOf, liveWorkflows, lockHeads, tasksOf } from './statements.ts'
import { HeadView, type Lease, type MayKeep, type Place, type StoredAccept, type ViewRows } from './view.ts'
import { writesOf } from './write.ts'

/** What became of an item. `busy`: another batch holds its head. */
export type Fate = { done: unknown } | { failed: unknown } | 'busy'

export interface Transacted {
  fates: Map<Item<unknown>, Fate>
  views: HeadView[]
}

export interface TransactOptions {
  types: ReadonlyMap<string, WorkflowType<unknown>>
  ports: Ports
  place: Place
  mayKeep: MayKeep
  /** Some of the items ran before and their commit's outcome is not known. */
  rerun: boolean
}

type Run = <Row>(statement: Statement) => Promise<Row[]>

/** Queries of a pipelined connection go out together: starting several before awaiting the first is one round trip. */
const runner =
  (client: pg.ClientBase): Run =>
  async <Row>({ name, text, values }: Statement) =>
    // The statement's text names its columns; nobody but the statement's author can say what they are.
    (await client.query(name ? { name, text, values } : { text, values })).rows as Row[]

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

interface Looked {
  heads: (HeadRow & { now: number })[]
  existing: Set<Uuid>
  workflows: WorkflowRow[]
  tasks: TaskRow[]
  leases: Map<Uuid, Lease>
  accepts: ({ sessionId: Uuid; key: string } & StoredAccept)[]
  inputs: { sessionId: Uuid; inputId: string; sequence: number }[]
  revisions: RevisionRow[]
  looks: Map<Item<unknown>, Row[][]>
}

/** First round trip. Every statement after the lock is newer than the lock. */
async function lockAndLook(run: Run, items: readonly Item<unknown>[], ports: Ports, rerun: boolean): Promise<Looked> {
  const sessionIds = [...new Set(items.map((item) => item.sessionId))].sort()
  const taskIds = items.flatMap((item) => item.taskIds ?? [])
  const holders = [...new Set(items.flatMap((item) => item.holders ?? []))]
  const keys = items.flatMap((item) => (item.acceptKey ? [{ sessionId: item.sessionId, key: item.acceptKey }] : []))
  const inputIds = rerun ? items.flatMap(({ sessionId, inputId }) => (inputId ? [{ sessionId, inputId }] : [])) : []
  const begun = run({ text: 'begin', values: [] })
  const heads = run<HeadRow & { now: number }>(lockHeads(sessionIds))
  const workflows = run<WorkflowRow>(liveWorkflows(sessionIds))
  const tasks = run<TaskRow>(tasksOf(sessionIds, taskIds))
  const leases = holders.length > 0 ? run<{ incarnation: Uuid } & Lease>(leasesOf(holders)) : []
  const accepts = keys.length > 0 ? run<{ sessionId: Uuid; key: string } & StoredAccept>(findAccepts(keys)) : []
  const inputs = inputIds.length > 0 ? run<Looked['inputs'][number]>(findInputs(inputIds)) : []
  const revisions = lookAtRevisions(run, items, ports)
  const looks = Promise.all(
    items.flatMap((item) =>
      item.looks ? [Promise.all(item.looks.map((look) => run<Row>(look))).then((rows) => [item, rows] as const)] : [],
    ),
  )
  const all = await Promise.all([begun, heads, workflows, tasks, leases, accepts, inputs, revisions, looks])
  const locked = new Set(all[1].map((head) => head.sessionId))
  const missing = sessionIds.filter((id) => !locked.has(id))
  const existing = missing.length > 0 ? await run<{ sessionId: Uuid }>(existingHeads(missing)) : []
  return {
    heads: all[1],
    existing: new Set(existing.map((row) => row.sessionId)),
    workflows: all[2],
    tasks: all[3],
    leases: new Map(all[4].map(({ incarnation, held, rerunHeld }) => [incarnation, { held, rerunHeld }])),
    accepts: all[5],
    inputs: all[6],
    revisions: all[7],
    looks: new Map(all[8]),
  }
}

async function lookAtRevisions(run: Run, items: readonly Item<unknown>[], ports: Ports): Promise<Looked['revisions']> {
  const byStore = new Map<string, Map<string, EffectKey>>()
  for (const { sessionId, orgId = '', revisions = [] } of items) {
    for (const { store, key } of revisions) {
      const keys = byStore.get(store) ?? new Map<string, EffectKey>()
      keys.set(`${sessionId}\0${key}`, { orgId, sessionId, key })
      byStore.set(store, keys)
    }
  }
  const looks = [...byStore].flatMap(([store, keys]) => {
    const port = ports.effects.get(store)
    if (!port) return []
    if (port.lock) void run(port.lock([...keys.values()])).catch(() => {})
    const rows = run<Omit<RevisionRow, 'store'>>(port.revisions([...keys.values()]))
    return [rows.then((found) => found.map((row) => ({ store, ...row })))]
  })
  return (await Promise.all(looks)).flat()
}

/** Rows by the session they belong to. */
function bySession<T>(rows: readonly T[], sessionOf: (row: T) => Uuid): Map<Uuid, T[]> {
  const groups = new Map<Uuid, T[]>()
  for (const row of rows) {
    const group = groups.get(sessionOf(row))
    if (group) group.push(row)
    else groups.set(sessionOf(row), [row])
  }
  return groups
}

function viewsOf(looked: Looked, { types, place, mayKeep }: TransactOptions): Map<Uuid, HeadView> {
  const workflows = bySession(looked.workflows, (row) => row.sessionId)
  const tasks = bySession(looked.tasks, (row) => row.sessionId)
  const accepts = bySession(looked.accepts, (row) => row.sessionId)
  const inputs = bySession(looked.inputs, (row) => row.sessionId)
  const revisions = bySession(looked.revisions, (row) => row.session_id)
  const written = new Set<string>()
  const views = looked.heads.map((head) => {
    const id = head.sessionId
    const rows: ViewRows = {
      head,
      now: head.now,
      workflow: workflows.get(id)?.[0] ?? null,
      tasks: tasks.get(id) ?? [],
      leases: looked.leases,
      accepts: new Map(accepts.get(id)?.map(({ key, fingerprint, answer }) => [key, { fingerprint, answer }])),
      inputs: new Map(inputs.get(id)?.map(({ inputId, sequence }) => [inputId, sequence])),
      revisions: new Map(
        revisions.get(id)?.map((row) => [`${row.store}\0${row.key}`, { revision: textOrNull(row.revision), place: row.place }]),
      ),
      written,
    }
    return [id, new HeadView(rows, types, place, mayKeep)] as const
  })
  return new Map(views)
}

const textOrNull = (value: string | number | null): string | null => (value === null ? null : String(value))

function foldAll(
  items: readonly Item<unknown>[],
  views: Map<Uuid, HeadView>,
  { existing, looks }: Looked,
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

function fold(item: Item<unknown>, view: HeadView, looked: Row[][]): Fate {
  try {
    return { done: item.fold(view, looked) }
  } catch (error) {
    return { failed: error }
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
  const run = runner(client)
  const looked = await lockAndLook(run, items, options.ports, options.rerun)
  const views = viewsOf(looked, options)
  const fates = foldAll(items, views, looked)
  const writes = writesOf([...views.values()], options.ports).map((statement) => run(statement))
  passFailpoints(items, 'before_commit')
  const [committed] = await Promise.all([client.query('commit'), ...writes])
  if (committed.command !== 'COMMIT') throw new Error('the transaction was rolled back')
  passFailpoints(items, 'after_commit')
  return { fates, views: [...views.values()] }
}
