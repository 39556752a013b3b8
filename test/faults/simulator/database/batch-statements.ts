// The statements of the shared transaction, by name, as PostgreSQL would answer them.
import type { EventType } from '../../../../src/contract/events/index.ts'
import type { Uuid } from '../../../../src/contract/ids.ts'
import type { StepClass } from '../../../../src/contract/workflow.ts'
import { liveStatuses, type TaskStatus, type WorkflowStatus } from '../../../../src/durable/rows.ts'
import type { Statements } from './statement.ts'
import { acceptKey, eventKey, type StoredTask, type StoredWorkflow } from './tables.ts'
import { SqlError } from './transaction.ts'

const isLive = ({ status }: StoredWorkflow): boolean => (liveStatuses as readonly string[]).includes(status)
const isOpen = (status: TaskStatus): boolean => status === 'pending' || status === 'claimed' || status === 'waiting'
export const taskRow = ({ input, priority: _, ...task }: StoredTask) => ({ ...task, input: JSON.parse(input) })
export const workflowRow = ({ state, ...workflow }: StoredWorkflow) => ({
  ...workflow,
  state: JSON.parse(state),
  result: null,
  error: null,
})

/** Item `n` of a column. */
const of = <T>(column: readonly T[], n: number): T => {
  const value = column[n]
  if (value === undefined) throw new Error('columns of different lengths')
  return value
}
/** The first fifteen parameters of both statements that write tasks. */
type TaskColumns = [
  Uuid[],
  TaskStatus[],
  number[],
  (Uuid | null)[],
  (number | null)[],
  number[],
  number[],
  number[],
  (number | null)[],
  number[],
  (number | null)[],
  number[],
  (Uuid | null)[],
  (string | null)[],
  (number | null)[],
]
type NewTaskColumns = [...TaskColumns, Uuid[], Uuid[], Uuid[], string[], string[], StepClass[], string[], number[], ...number[][]]

const changing = (columns: TaskColumns | [...TaskColumns, number[]] | NewTaskColumns, n: number) => ({
  status: of(columns[1], n),
  visibleAt: of(columns[2], n),
  claimedBy: of(columns[3], n),
  claimedAt: of(columns[4], n),
  attempt: of(columns[5], n),
  failures: of(columns[6], n),
  conflicts: of(columns[7], n),
  begunAt: of(columns[8], n),
  emitted: of(columns[9], n),
  emittedFrom: of(columns[10], n),
  emittedChars: of(columns[11], n),
  lostBy: of(columns[12], n),
  lastError: of(columns[13], n),
  completedAt: of(columns[14], n),
})

// Every list of parameters below is that of the statement of the same name in src/.
export const batchStatements: Statements = {
  lock_heads(tx, [ids], now) {
    const heads = (ids as Uuid[]).flatMap((id) => (tx.read('heads', id) && tx.tryLock('heads', id) ? [tx.read('heads', id)] : []))
    return heads.map((head) => ({ ...head, now: Math.floor(now) }))
  },
  lock_kept(tx, [ids, revisions, time], now) {
    for (const id of ids as Uuid[])
      if (tx.read('heads', id) && !tx.tryLock('heads', id)) throw new SqlError('55P03', 'could not obtain lock on row')
    const kept = (ids as Uuid[]).every((id, n) => tx.read('heads', id)?.revision === of(revisions as number[], n))
    const [said, clock] = [Number(time), Math.floor(now)]
    if (!kept || said > clock || said < clock - 1_000) throw new SqlError('22012', 'division by zero')
    return [{ kept: 1, now: clock }]
  },
  /** Locks of the simulator are had or waited for in virtual time. */
  soon_or_never: () => [],
  existing_heads: (tx, [ids]) => (ids as Uuid[]).flatMap((sessionId) => (tx.read('heads', sessionId) ? [{ sessionId }] : [])),
  live_workflows: (tx, [sessions]) =>
    (sessions as Uuid[]).flatMap((id) => {
      const live = tx.all('workflows').find((row) => row.sessionId === id && isLive(row))
      return live ? [workflowRow(live)] : []
    }),
  tasks_of(tx, [sessions, ids]) {
    const live = new Set((sessions as Uuid[]).map((id) => tx.read('heads', id)?.liveTurn))
    const open = tx.all('tasks').filter(({ status, workflowId }) => isOpen(status) && live.has(workflowId))
    const named = (ids as Uuid[]).flatMap((id) => tx.read('tasks', id) ?? [])
    return [...open, ...named].map(taskRow)
  },
  leases_of: (tx, [incarnations], now) =>
    (incarnations as Uuid[]).flatMap((incarnation) => {
      const worker = tx.read('workers', incarnation)
      return worker ? [{ incarnation, held: worker.leaseUntil > now, rerunHeld: worker.rerunUntil > now }] : []
    }),
  find_accepts: (tx, [sessions, keys]) =>
    (keys as string[]).flatMap((key, n) => {
      const found = tx.read('accepts', acceptKey(of(sessions as Uuid[], n), key))
      return found ? [{ ...found, answer: JSON.parse(found.answer) }] : []
    }),
  find_inputs: (tx, [sessions, ids]) =>
    (ids as string[]).flatMap((inputId, n) => {
      const sessionId = of(sessions as Uuid[], n)
      const found = tx
        .eventsOf(sessionId)
        .find(({ type, data }) => type === 'input.message' && JSON.parse(data).message.id === inputId)
      return found ? [{ sessionId, inputId, sequence: found.sequence }] : []
    }),
  session_of_turn: (tx, [, id]) => [
    {
      harness_id: id,
      agent_id: null,
      iterations: 6,
      input_tokens: 0,
      output_tokens: 0,
      cache_read_tokens: 0,
      cache_creation_tokens: 0,
      has_totals: tx.read('totals', id as Uuid) !== undefined,
    },
  ],
  update_heads(tx, values) {
    const [ids, sequences, inputs, turns, revisions] = values as [Uuid[], number[], number[], (Uuid | null)[], number[]]
    ids.forEach((id, n) => {
      const head = tx.read('heads', id)
      if (head)
        tx.update('heads', id, {
          ...head,
          lastSequence: of(sequences, n),
          lastInput: of(inputs, n),
          liveTurn: of(turns, n),
          revision: of(revisions, n),
        })
    })
  },
  update_workflows(tx, values) {
    const [ids, statuses, versions, states, results, errors] = values as [
      Uuid[],
      WorkflowStatus[],
      number[],
      string[],
      (string | null)[],
      (string | null)[],
    ]
    ids.forEach((id, n) => {
      const row = tx.read('workflows', id)
      const changed = {
        status: of(statuses, n),
        version: of(versions, n),
        state: of(states, n),
        result: of(results, n),
        error: of(errors, n),
      }
      if (row) tx.update('workflows', id, { ...row, ...changed })
    })
  },
  insert_workflows(tx, values) {
    const [ids, orgs, sessions, types, statuses, versions, states] = values as [
      Uuid[],
      Uuid[],
      Uuid[],
      string[],
      WorkflowStatus[],
      number[],
      string[],
    ]
    ids.forEach((id, n) => {
      const sessionId = of(sessions, n)
      const row = { id, orgId: of(orgs, n), sessionId, type: of(types, n), status: of(statuses, n), version: of(versions, n) }
      if (tx.all('workflows').some((other) => other.sessionId === sessionId && isLive(other)))
        throw new SqlError('23505', 'workflows_live')
      tx.insert('workflows', id, { ...row, state: of(states, n), result: null, error: null })
    })
  },
  update_tasks(tx, values) {
    const columns = values as [...TaskColumns, number[]]
    for (const id of columns[0]) tx.lock('tasks', id)
    columns[0].forEach((id, n) => {
      const row = tx.read('tasks', id)
      if (row) tx.update('tasks', id, { ...row, ...changing(columns, n), postponed: of(columns[15], n) })
    })
  },
  insert_tasks(tx, values) {
    const columns = values as NewTaskColumns
    const [orgs, workflows, sessions, keys, kinds, classes, inputs, maxima] = columns.slice(15) as [
      Uuid[],
      Uuid[],
      Uuid[],
      string[],
      string[],
      StepClass[],
      string[],
      number[],
    ]
    columns[0].forEach((id, n) => {
      const [workflowId, key] = [of(workflows, n), of(keys, n)]
      if (tx.all('tasks').some((task) => task.workflowId === workflowId && task.key === key))
        throw new SqlError('23505', 'tasks_key')
      const fixed = {
        id,
        orgId: of(orgs, n),
        workflowId,
        sessionId: of(sessions, n),
        key,
        kind: of(kinds, n),
        class: of(classes, n),
      }
      tx.insert('tasks', id, {
        ...fixed,
        ...changing(columns, n),
        input: of(inputs, n),
        maxFailures: of(maxima, n),
        postponed: 0,
        priority: 0,
      })
    })
  },
  insert_events(tx, values) {
    const [sessions, sequences, orgs, ids, types, times, turns, execs, data, extras] = values as [
      Uuid[],
      number[],
      Uuid[],
      Uuid[],
      EventType[],
      number[],
      (Uuid | null)[],
      (Uuid | null)[],
      string[],
      (string | null)[],
    ]
    sessions.forEach((sessionId, n) => {
      const sequence = of(sequences, n)
      const about = { id: of(ids, n), orgId: of(orgs, n), type: of(types, n), ts: of(times, n) }
      const row = {
        sessionId,
        sequence,
        ...about,
        turnId: of(turns, n),
        execId: of(execs, n),
        data: of(data, n),
        extra: of(extras, n),
      }
      tx.insert('events', eventKey(sessionId, sequence), row)
    })
  },
  insert_accepts(tx, values) {
    const [, sessions, keys, fingerprints, answers] = values as [Uuid[], Uuid[], string[], string[], string[]]
    keys.forEach((key, n) => {
      const sessionId = of(sessions, n)
      tx.insert('accepts', acceptKey(sessionId, key), {
        sessionId,
        key,
        fingerprint: of(fingerprints, n),
        answer: of(answers, n),
      })
    })
  },
  /** Figures for the admin views: nothing in a run depends on them. */
  count_batch: () => {},
}
