// The statements on workers, leases and the queue, by name. The claim is the one that must be exact: rows that another transaction
// changed are skipped, and what it leases is committed at once, without any head.
import type { Uuid } from '../../../../src/contract/ids.ts'
import { isSuspect } from '../../../../src/durable/suspects.ts'
import { taskRow, workflowRow } from './batch-statements.ts'
import type { Row, Statements } from './statement.ts'
import type { StoredTask, StoredWorker } from './tables.ts'
import type { Transaction } from './transaction.ts'

const claimedBy = (tx: Transaction, incarnations: readonly Uuid[]): StoredTask[] =>
  tx
    .all('tasks')
    .filter(({ status, claimedBy: holder }) => status === 'claimed' && holder !== null && incarnations.includes(holder))

/** Held by this holder, or lost with it. */
const isOrWasOf = (task: StoredTask, holder: Uuid | null): boolean =>
  (task.status === 'claimed' && task.claimedBy === holder) || (holder !== null && task.lostBy === holder)

function claim(tx: Transaction, task: StoredTask | undefined, incarnation: Uuid | undefined, now: number): Row {
  if (!task || !incarnation) throw new Error('a claim without a task or a slot')
  const claimed: StoredTask = { ...task, status: 'claimed', claimedBy: incarnation, claimedAt: now, attempt: task.attempt + 1 }
  tx.update('tasks', task.id, claimed)
  return taskRow(claimed)
}

const firstFirst = (a: StoredTask, b: StoredTask): number => b.priority - a.priority || a.visibleAt - b.visibleAt

const isKept = (task: StoredTask): boolean => task.class === 'at_most_once' && task.begunAt !== null

function isLost(task: StoredTask, holder: StoredWorker | undefined, now: number): boolean {
  if (!holder || holder.leaseUntil < now) return true
  return holder.rerunUntil < now && !isKept(task)
}

function extendAll(tx: Transaction, until: number, now: number): number {
  const extended = tx.all('workers').filter(({ status }) => status !== 'stopped')
  for (const worker of extended)
    tx.update('workers', worker.incarnation, {
      ...worker,
      leaseUntil: Math.max(worker.leaseUntil, until),
      rerunUntil: Math.max(worker.rerunUntil, until),
      renewedAt: now,
    })
  return extended.length
}

// Every list of parameters below is that of the statement of the same name in src/durable.
export const leaseStatements: Statements = {
  register_worker(tx, values, now) {
    const [incarnation, name] = values as [Uuid, string]
    const leaseMs = values[8] as number
    const epoch = values[9] as number
    const known = tx.read('workers', incarnation)
    if (known && known.epoch >= epoch) return []
    const until = now + leaseMs
    tx.update('workers', incarnation, {
      incarnation,
      name,
      status: 'active',
      epoch,
      leaseUntil: until,
      rerunUntil: until,
      heardAt: now,
      renewedAt: now,
    })
    return [{ epoch, draining: false }]
  },
  forgive_lost(tx, [incarnation]) {
    const charged = tx
      .all('tasks')
      .filter(({ lostBy, status }) => lostBy === incarnation && (status === 'pending' || status === 'claimed'))
    for (const task of charged) tx.lock('tasks', task.id)
    for (const task of charged) {
      const failures = Math.max(0, Math.min(task.failures, task.maxFailures) - 1)
      tx.update('tasks', task.id, { ...task, failures, lostBy: null })
    }
  },
  forgive_back(tx, _values, now) {
    for (const task of tx.all('tasks')) {
      const worker = task.lostBy === null ? undefined : tx.read('workers', task.lostBy)
      const isOpen = task.status === 'pending' || task.status === 'claimed'
      if (!worker || !isOpen || worker.heardAt <= task.visibleAt || worker.rerunUntil <= now) continue
      tx.lock('tasks', task.id)
      tx.update('tasks', task.id, { ...task, failures: Math.max(0, Math.min(task.failures, task.maxFailures) - 1), lostBy: null })
    }
  },
  renew_leases(tx, values, now) {
    const [incarnations, epochs, , , leaseMs] = values as [Uuid[], number[], unknown, unknown, number]
    incarnations.forEach((incarnation, n) => {
      const worker = tx.read('workers', incarnation)
      const until = now + leaseMs
      if (worker && worker.epoch === epochs[n])
        tx.update('workers', incarnation, {
          ...worker,
          status: 'active',
          leaseUntil: until,
          rerunUntil: until,
          heardAt: now,
          renewedAt: now,
        })
    })
  },
  shorten_lease(tx, values, now) {
    const [incarnation, epoch, graceMs] = values as [Uuid, number, number]
    const worker = tx.read('workers', incarnation)
    if (worker?.epoch === epoch)
      tx.update('workers', incarnation, { ...worker, rerunUntil: Math.min(worker.rerunUntil, now + graceMs) })
  },
  retire_worker(tx, [incarnation], now) {
    const worker = tx.read('workers', incarnation as Uuid)
    if (worker) tx.update('workers', worker.incarnation, { ...worker, status: 'stopped', leaseUntil: now, rerunUntil: now })
  },
  sweep_turn(tx, values, now) {
    const [youngestMs, outageMs, leaseMs] = values as [number, number, number]
    const stamp = tx.read('stamps', 'sweep_leases')
    if (!stamp || stamp.at > now - youngestMs || !tx.tryLock('stamps', 'sweep_leases')) return []
    tx.update('stamps', 'sweep_leases', { at: now })
    const isOutage = stamp.at <= now - outageMs
    return [{ isOutage, extended: isOutage ? extendAll(tx, now + leaseMs, now) : 0 }]
  },
  find_lost(tx, values, now) {
    const [limit, outageMs] = values as [number, number]
    if ((tx.read('stamps', 'sweep_leases')?.at ?? 0) <= now - outageMs) return []
    return tx
      .all('tasks')
      .filter((task) => task.status === 'claimed' && isLost(task, tx.read('workers', task.claimedBy ?? ''), now))
      .slice(0, limit)
      .map(({ id, attempt, claimedBy: holder, sessionId }) => ({
        id,
        attempt,
        holder,
        sessionId,
        wasAlone: !tx.all('tasks').some((other) => other.id !== id && isOrWasOf(other, holder)),
      }))
  },
  find_expired: (tx, [limit], now) =>
    tx
      .all('tasks')
      .filter((task) => task.status === 'waiting' && task.visibleAt < now)
      .slice(0, limit as number)
      .map(({ id, sessionId }) => ({ id, sessionId })),
  /** Every organisation with ready tasks gets its share of the slots, whoever was served longest ago first. */
  claim_ready(tx, values, now) {
    const [incarnations, kinds, turns] = values as [Uuid[], string[], string]
    const served: Record<Uuid, number | undefined> = JSON.parse(turns)
    const servedAt = ({ orgId }: StoredTask): number => served[orgId] ?? 0
    const pending = tx.all('tasks').filter((task) => task.status === 'pending' && !isSuspect(task))
    const orgs = [...new Set(pending.map(({ orgId }) => orgId))]
    const share = Math.ceil(incarnations.length / Math.max(1, orgs.length))
    const ranked = orgs.flatMap((org) => {
      const ready = pending.filter((task) => task.orgId === org && task.visibleAt <= now && kinds.includes(task.kind))
      const free = ready.sort(firstFirst).filter((task) => tx.tryLock('tasks', task.id))
      return free.slice(0, share).map((task, turn) => ({ task, turn }))
    })
    const ordered = ranked.sort((a, b) => a.turn - b.turn || servedAt(a.task) - servedAt(b.task) || firstFirst(a.task, b.task))
    return ordered.slice(0, incarnations.length).map(({ task }, n) => claim(tx, task, incarnations[n], now))
  },
  claim_suspects(tx, values, now) {
    const [incarnations, kinds] = values as [Uuid[], string[]]
    const free = incarnations.filter((incarnation) => !claimedBy(tx, [incarnation]).some(isSuspect))
    const ready = tx
      .all('tasks')
      .filter((task) => task.status === 'pending' && isSuspect(task) && task.visibleAt <= now && kinds.includes(task.kind))
      .sort((a, b) => a.visibleAt - b.visibleAt)
      .filter((task) => tx.tryLock('tasks', task.id))
    return free.slice(0, ready.length).map((incarnation, n) => claim(tx, ready[n], incarnation, now))
  },
  waiting_organisations(tx, [kinds], now) {
    const known = kinds as string[]
    const ready = tx
      .all('tasks')
      .filter((task) => task.status === 'pending' && task.visibleAt <= now && known.includes(task.kind) && !isSuspect(task))
    const first = new Map(
      ready
        .sort(firstFirst)
        .reverse()
        .map((task) => [task.orgId, task.visibleAt]),
    )
    return [...first].map(([orgId, since]) => ({ orgId, since }))
  },
  statuses_of_workers: (tx, [incarnations]) =>
    (incarnations as Uuid[]).flatMap((incarnation) => {
      const worker = tx.read('workers', incarnation)
      return worker && worker.status !== 'stopped' ? [{ incarnation, status: worker.status }] : []
    }),
  retire_silent(tx, [silentMs], now) {
    const silent = tx
      .all('workers')
      .filter((worker) => worker.status !== 'stopped' && worker.leaseUntil < now - (silentMs as number))
    for (const worker of silent.filter(({ incarnation }) => claimedBy(tx, [incarnation]).length === 0))
      tx.update('workers', worker.incarnation, { ...worker, status: 'stopped' })
  },
  /** Figures, and what is only done after a day: nothing in a run depends on them. */
  tally_workers: () => {},
  forget_workers: () => {},
  held_by: (tx, [incarnations]) => claimedBy(tx, incarnations as Uuid[]).map(taskRow),
  places_of: (tx, [ids]) =>
    (ids as Uuid[]).flatMap((id) => {
      const task = tx.read('tasks', id)
      return task ? [{ id, sessionId: task.sessionId, orgId: task.orgId, workflowId: task.workflowId }] : []
    }),
  workflows_by_id: (tx, [ids]) =>
    [...new Set(ids as Uuid[])].flatMap((id) => {
      const workflow = tx.read('workflows', id)
      return workflow ? [workflowRow(workflow)] : []
    }),
  lease_of_call(tx, values) {
    const [taskId, attempt, incarnation] = values as [Uuid, number, Uuid]
    const task = tx.read('tasks', taskId)
    if (task?.attempt !== attempt || task.claimedBy !== incarnation || task.status !== 'claimed') return []
    const { sessionId, orgId, workflowId, kind: step, class: stepClass } = task
    return [{ taskId, sessionId, orgId, workflowId, step, class: stepClass }]
  },
}
