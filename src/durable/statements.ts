// The hot SQL of the engine: fixed texts (prepared once per connection), arrays as parameters, one statement for a whole batch.
import type { Uuid } from '../contract/ids.ts'
import { toJsonText } from '../contract/json.ts'
import { ints, texts, times, uuids } from '../db/arrays.ts'
import { countClaimed } from './counts.ts'
import type { HeadRow, Statement, TaskRow, WorkflowRow } from './rows.ts'
import { suspectSql } from './suspects.ts'

const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`

export const begin: Statement = { name: 'begin', text: 'begin', values: [] }
export const commit: Statement = { name: 'commit', text: 'commit', values: [] }

/** Locks heads in id order and leaves those that another batch holds. Nothing else may decide in this statement (README, rule 1). */
export const lockHeads = (sessionIds: Uuid[]): Statement => ({
  name: 'lock_heads',
  text: `select session_id as "sessionId", org_id as "orgId", last_sequence as "lastSequence", last_input as "lastInput",
           live_turn as "liveTurn", revision, floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now
         from session_heads where session_id = any($1::uuid[]) order by session_id for no key update skip locked`,
  values: [uuids(sessionIds)],
})

/** Milliseconds that the time which a transaction was given before it began may be late. */
const lateMs = 1_000

/**
 * Locks heads that are kept in memory. Fails where another batch holds one, and (by a division) unless each is at its revision and `now` is
 * the database's time, or a little before it. The one look that may share its statement with the lock: PostgreSQL holds the condition
 * against the row once more when it has the lock, where somebody changed it since the statement began.
 */
export const lockKept = (heads: readonly HeadRow[], now: number): Statement => ({
  name: 'lock_kept',
  text: `select 1 / (l.locked = cardinality($1::uuid[]) and $3::float8 between l.now - ${lateMs} and l.now)::int as kept, l.now
         from (
           select count(*) as locked, floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now from (
             select from unnest($1::uuid[], $2::int[]) n (session_id, revision)
             join session_heads h on h.session_id = n.session_id and h.revision = n.revision
             for no key update of h nowait) kept) l`,
  values: [uuids(heads.map((h) => h.sessionId)), ints(heads.map((h) => h.revision)), now],
})

/** Which of the sessions exist at all: tells "held by another batch" from "not there". */
export const existingHeads = (sessionIds: Uuid[]): Statement => ({
  name: 'existing_heads',
  text: 'select session_id as "sessionId" from session_heads where session_id = any($1::uuid[])',
  values: [uuids(sessionIds)],
})

export const liveWorkflows = (sessionIds: Uuid[]): Statement => ({
  name: 'live_workflows',
  text: `select id, org_id as "orgId", session_id as "sessionId", type, status, version, state, null as result, null as error
         from workflows where session_id = any($1::uuid[]) and status in ('running', 'waiting', 'paused')`,
  values: [uuids(sessionIds)],
})

const taskColumns = `t.id, t.org_id as "orgId", t.workflow_id as "workflowId", t.session_id as "sessionId", t.key, t.kind, t.class,
  t.status, t.input, ${ms('t.visible_at')} as "visibleAt", t.claimed_by as "claimedBy", ${ms('t.claimed_at')} as "claimedAt",
  t.attempt, t.failures, t.max_failures as "maxFailures", t.conflicts, t.postponed, ${ms('t.begun_at')} as "begunAt", t.emitted,
  t.emitted_from as "emittedFrom", t.emitted_chars as "emittedChars", t.lost_by as "lostBy", t.last_error as "lastError",
  ${ms('t.completed_at')} as "completedAt"`

/** The open tasks of the sessions' live workflows, and the named tasks whatever their state (a task may come twice). */
export const tasksOf = (sessionIds: Uuid[], taskIds: Uuid[]): Statement => ({
  name: 'tasks_of',
  text: `select ${taskColumns} from tasks t
         join workflows w on w.id = t.workflow_id
         where w.session_id = any($1::uuid[]) and w.status in ('running', 'waiting', 'paused')
           and t.status in ('pending', 'claimed', 'waiting')
         union all
         select ${taskColumns} from tasks t where t.id = any($2::uuid[])`,
  values: [uuids(sessionIds), uuids(taskIds)],
})

/** Whether the leases of incarnations still hold: all of them, and for what may run again. */
export const leasesOf = (incarnations: Uuid[]): Statement => ({
  name: 'leases_of',
  text: `select incarnation, lease_until > clock_timestamp() as held, rerun_until > clock_timestamp() as "rerunHeld"
         from workers where incarnation = any($1::uuid[])`,
  values: [uuids(incarnations)],
})

export const updateHeads = (heads: HeadRow[]): Statement => ({
  name: 'update_heads',
  text: `update session_heads h set last_sequence = n.last_sequence, last_input = n.last_input, live_turn = n.live_turn,
           revision = n.revision
         from unnest($1::uuid[], $2::int[], $3::int[], $4::uuid[], $5::int[]) n (session_id, last_sequence, last_input, live_turn, revision)
         where h.session_id = n.session_id`,
  values: [
    uuids(heads.map((h) => h.sessionId)),
    ints(heads.map((h) => h.lastSequence)),
    ints(heads.map((h) => h.lastInput)),
    uuids(heads.map((h) => h.liveTurn)),
    ints(heads.map((h) => h.revision)),
  ],
})

export const insertHeads = (heads: HeadRow[]): Statement => ({
  name: 'insert_heads',
  text: `insert into session_heads (session_id, org_id, last_sequence, last_input, live_turn)
         select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::uuid[])`,
  values: [
    uuids(heads.map((h) => h.sessionId)),
    uuids(heads.map((h) => h.orgId)),
    ints(heads.map((h) => h.lastSequence)),
    ints(heads.map((h) => h.lastInput)),
    uuids(heads.map((h) => h.liveTurn)),
  ],
})

export const updateWorkflows = (workflows: WorkflowRow[]): Statement => ({
  name: 'update_workflows',
  text: `update workflows w set status = n.status, version = n.version, state = n.state::json, result = n.result::json,
           error = n.error::json,
           completed_at = case when n.status in ('completed', 'failed', 'cancelled') then clock_timestamp() end
         from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[]) n (id, status, version, state, result, error)
         where w.id = n.id`,
  values: [
    uuids(workflows.map((w) => w.id)),
    texts(workflows.map((w) => w.status)),
    ints(workflows.map((w) => w.version)),
    texts(workflows.map((w) => toJsonText(w.state))),
    texts(workflows.map((w) => w.result)),
    texts(workflows.map((w) => w.error)),
  ],
})

export const insertWorkflows = (workflows: WorkflowRow[]): Statement => ({
  name: 'insert_workflows',
  text: `insert into workflows (id, org_id, session_id, type, status, version, state, result, error, completed_at)
         select id, org_id, session_id, type, status, version, state::json, result::json, error::json,
           case when status in ('completed', 'failed', 'cancelled') then clock_timestamp() end
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[], $9::text[])
           n (id, org_id, session_id, type, status, version, state, result, error)`,
  values: [
    uuids(workflows.map((w) => w.id)),
    uuids(workflows.map((w) => w.orgId)),
    uuids(workflows.map((w) => w.sessionId)),
    texts(workflows.map((w) => w.type)),
    texts(workflows.map((w) => w.status)),
    ints(workflows.map((w) => w.version)),
    texts(workflows.map((w) => toJsonText(w.state))),
    texts(workflows.map((w) => w.result)),
    texts(workflows.map((w) => w.error)),
  ],
})

/** Columns that change in a task's life, in the order both statements below take them. */
const changing = (tasks: TaskRow[]): unknown[] => [
  uuids(tasks.map((t) => t.id)),
  texts(tasks.map((t) => t.status)),
  times(tasks.map((t) => t.visibleAt)),
  uuids(tasks.map((t) => t.claimedBy)),
  times(tasks.map((t) => t.claimedAt)),
  ints(tasks.map((t) => t.attempt)),
  ints(tasks.map((t) => t.failures)),
  ints(tasks.map((t) => t.conflicts)),
  times(tasks.map((t) => t.begunAt)),
  ints(tasks.map((t) => t.emitted)),
  ints(tasks.map((t) => t.emittedFrom)),
  ints(tasks.map((t) => t.emittedChars)),
  uuids(tasks.map((t) => t.lostBy)),
  texts(tasks.map((t) => t.lastError)),
  times(tasks.map((t) => t.completedAt)),
]
const changingTypes = `$1::uuid[], $2::text[], $3::timestamptz[], $4::uuid[], $5::timestamptz[], $6::int[], $7::int[], $8::int[],
  $9::timestamptz[], $10::int[], $11::int[], $12::int[], $13::uuid[], $14::text[], $15::timestamptz[]`
const changingNames = `id, status, visible_at, claimed_by, claimed_at, attempt, failures, conflicts, begun_at, emitted, emitted_from,
  emitted_chars, lost_by, last_error, completed_at`

export const updateTasks = (tasks: TaskRow[]): Statement => ({
  name: 'update_tasks',
  text: `update tasks t set (status, visible_at, claimed_by, claimed_at, attempt, failures, conflicts, begun_at, emitted, emitted_from,
             emitted_chars, lost_by, last_error, completed_at, postponed)
           = (n.status, n.visible_at, n.claimed_by, n.claimed_at, n.attempt, n.failures, n.conflicts, n.begun_at, n.emitted, n.emitted_from,
             n.emitted_chars, n.lost_by, n.last_error, n.completed_at, n.postponed)
         from unnest(${changingTypes}, $16::int[]) n (${changingNames}, postponed) where t.id = n.id`,
  values: [...changing(tasks), ints(tasks.map((t) => t.postponed))],
})

export const insertTasks = (tasks: TaskRow[]): Statement => ({
  name: 'insert_tasks',
  text: `insert into tasks (${changingNames}, org_id, workflow_id, session_id, key, kind, class, input, max_failures)
         select ${changingNames}, org_id, workflow_id, session_id, key, kind, class, input::json, max_failures
         from unnest(${changingTypes}, $16::uuid[], $17::uuid[], $18::uuid[], $19::text[], $20::text[], $21::text[], $22::text[], $23::int[])
           n (${changingNames}, org_id, workflow_id, session_id, key, kind, class, input, max_failures)`,
  values: [
    ...changing(tasks),
    uuids(tasks.map((t) => t.orgId)),
    uuids(tasks.map((t) => t.workflowId)),
    uuids(tasks.map((t) => t.sessionId)),
    texts(tasks.map((t) => t.key)),
    texts(tasks.map((t) => t.kind)),
    texts(tasks.map((t) => t.class)),
    texts(tasks.map((t) => toJsonText(t.input))),
    ints(tasks.map((t) => t.maxFailures)),
  ],
})

/** The end of a claim: each task of the query `tasks` (id, n) goes to the slot of that number in the query `slots` (incarnation, n). */
const givenTo = (tasks: string, slots: string): string => `claimed as (
           update tasks t set status = 'claimed', claimed_by = ${slots}.incarnation, claimed_at = clock_timestamp(), attempt = t.attempt + 1
           from ${tasks} join ${slots} using (n) where t.id = ${tasks}.id and t.status = 'pending'
           returning ${taskColumns}
         ), counted as (${countClaimed('claimed')})
         select * from claimed`

/**
 * Leases ready tasks to slots: `incarnations` has one entry per free slot. Every organisation with ready tasks gets its share of the
 * slots, and where there are fewer slots than organisations those that were served longest ago (`served`: the latest has the highest
 * number) come first; inside one, priority and then waiting time decide. Takes no head: a row lock is enough, because whoever settles a task under
 * its head writes that row too.
 */
export const claimReady = (incarnations: Uuid[], kinds: string[], served: ReadonlyMap<Uuid, number> = new Map()): Statement => ({
  name: 'claim_ready',
  text: `with recursive orgs (org_id) as (
           (select org_id from tasks where status = 'pending' order by org_id limit 1)
           union all
           select (select t.org_id from tasks t where t.status = 'pending' and t.org_id > o.org_id order by t.org_id limit 1)
           from orgs o where o.org_id is not null
         ), share as (
           select ceil(cardinality($1::uuid[])::float8 / greatest(1, count(*)))::int as slots from orgs where org_id is not null
         ), picked as (
           select ready.* from orgs, share, lateral (
             select id, org_id, priority, visible_at from tasks t
             where t.status = 'pending' and t.org_id = orgs.org_id and t.visible_at <= clock_timestamp() and t.kind = any($2::text[])
               and not ${suspectSql('t')}
             order by t.priority desc, t.visible_at limit share.slots for update skip locked) ready
           where orgs.org_id is not null
         ), ranked as (
           select id, priority, visible_at, ($3::jsonb ->> org_id::text)::float8 as served,
             row_number() over (partition by org_id order by priority desc, visible_at) as turn from picked
         ), ordered as (
           select id, row_number() over (order by turn, served nulls first, priority desc, visible_at) as n from ranked
         ), slots as (select incarnation, n from unnest($1::uuid[]) with ordinality s (incarnation, n)),
         ${givenTo('ordered', 'slots')}`,
  values: [uuids(incarnations), texts(kinds), JSON.stringify(Object.fromEntries(served))],
})

/** Leases ready suspects, one at most to each of these workers, and none to one that holds one already. */
export const claimSuspects = (incarnations: Uuid[], kinds: string[]): Statement => ({
  name: 'claim_suspects',
  text: `with free as (
           select incarnation, row_number() over () as n from unnest($1::uuid[]) f (incarnation)
           where 0 = (select count(*) filter (where ${suspectSql('t')}) from tasks t where t.status = 'claimed' and t.claimed_by = f.incarnation)
         ), picked as (
           select id from tasks t
           where t.status = 'pending' and ${suspectSql('t')} and t.visible_at <= clock_timestamp() and t.kind = any($2::text[])
           order by t.visible_at limit (select count(*) from free) for update skip locked
         ), numbered as (select id, row_number() over () as n from picked),
         ${givenTo('numbered', 'free')}`,
  values: [uuids(incarnations), texts(kinds)],
})

/** The organisations with ready tasks of these kinds, and since when the oldest of each waits: one look into the index per organisation. */
export const waitingOrganisations = (kinds: string[]): Statement => ({
  name: 'waiting_organisations',
  text: `with recursive orgs (org_id) as (
           (select org_id from tasks where status = 'pending' order by org_id limit 1)
           union all
           select (select t.org_id from tasks t where t.status = 'pending' and t.org_id > o.org_id order by t.org_id limit 1)
           from orgs o where o.org_id is not null
         )
         select orgs.org_id as "orgId", ${ms('oldest.visible_at')} as since from orgs, lateral (
           select visible_at from tasks t where t.status = 'pending' and t.org_id = orgs.org_id and t.visible_at <= clock_timestamp()
             and t.kind = any($1::text[]) and not ${suspectSql('t')}
           order by t.priority desc, t.visible_at limit 1) oldest
         where orgs.org_id is not null`,
  values: [texts(kinds)],
})

/** What the incarnations hold, for comparison with what they run. */
export const heldBy = (incarnations: Uuid[]): Statement => ({
  name: 'held_by',
  text: `select ${taskColumns} from tasks t where t.status = 'claimed' and t.claimed_by = any($1::uuid[])`,
  values: [uuids(incarnations)],
})

/** Where tasks belong, for messages about tasks this process never assigned. */
export const placesOf = (taskIds: Uuid[]): Statement => ({
  name: 'places_of',
  text: 'select id, session_id as "sessionId", org_id as "orgId", workflow_id as "workflowId" from tasks where id = any($1::uuid[])',
  values: [uuids(taskIds)],
})

export const workflowsById = (ids: Uuid[]): Statement => ({
  name: 'workflows_by_id',
  text: `select id, org_id as "orgId", session_id as "sessionId", type, status, version, state, null as result, null as error
         from workflows where id = any($1::uuid[])`,
  values: [uuids(ids)],
})
