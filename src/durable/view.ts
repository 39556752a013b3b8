// What folds see and change: one head's rows, read under its lock, and the changes gathered for the write.
import type { EventDraft, StoredEvent } from '../contract/events/index.ts'
import { eventId, newId, type Uuid } from '../contract/ids.ts'
import { toJsonText } from '../contract/json.ts'
import type { Effect, NewTask, OpenTask, Plan, PlanView, TaskRef, WorkflowType } from '../contract/workflow.ts'
import { type HeadRow, isLive, isOpen, type TaskRow, type WorkflowRow } from './rows.ts'
import type { Lease, Leased, NewAccept, Placing, StoredAccept, ViewRows } from './view-rows.ts'

const maxFailures = 3

/** The rows of one head and what the folds of one batch do to them. Nothing is written before `write.ts`. */
export class HeadView {
  readonly head: HeadRow
  readonly now: number
  workflow: WorkflowRow | null
  readonly tasks = new Map<Uuid, TaskRow>()

  readonly newEvents: StoredEvent[] = []
  readonly newWorkflows = new Set<WorkflowRow>()
  readonly changedWorkflows = new Set<WorkflowRow>()
  readonly newTasks = new Set<TaskRow>()
  readonly changedTasks = new Set<TaskRow>()
  readonly newAccepts: NewAccept[] = []
  readonly effects: Effect[] = []
  /** Held tasks that were settled over their holder's head: it is told to stop. */
  readonly stopped: TaskRow[] = []
  /** Tasks leased in this transaction, to be sent once it is committed. */
  readonly leased: Leased[] = []
  /** Why plans could not be made. */
  readonly accidents: unknown[] = []
  #changes = 0
  #headChanged = false
  #finisherServed = false
  readonly #rows: ViewRows
  readonly #types: ReadonlyMap<string, WorkflowType<unknown>>
  readonly #placing: Placing

  constructor(rows: ViewRows, types: ReadonlyMap<string, WorkflowType<unknown>>, placing: Placing) {
    this.#rows = rows
    this.#types = types
    this.#placing = placing
    this.head = rows.head
    this.now = rows.now
    this.workflow = rows.workflow
    for (const task of rows.tasks) this.tasks.set(task.id, task)
  }

  /** Counts up with each change. */
  get changes(): number {
    return this.#changes
  }

  /** Whether there is anything to write about the head or under it. */
  isChanged(): boolean {
    const rows = [this.newWorkflows, this.changedWorkflows, this.newTasks, this.changedTasks]
    return this.#headChanged || rows.some(({ size }) => size > 0)
  }

  /** The head as it is to be written: at its next revision. */
  nextHead(): HeadRow {
    this.head.revision += 1
    return this.head
  }

  /** What was read after the folds, in the same transaction. */
  configRevisionIs(revision: number): void {
    for (const leased of this.leased) leased.configRevision = revision
  }

  /** The type of a workflow; undefined when this release does not know it or its state's version. */
  typeOf(workflow: WorkflowRow): WorkflowType<unknown> | undefined {
    const type = this.#types.get(workflow.type)
    return type?.reads.includes(workflow.version) ? type : undefined
  }

  leaseOf(incarnation: Uuid): Lease {
    return this.#rows.leases.get(incarnation) ?? { held: false, rerunHeld: false }
  }

  /** Whether what the effects depend on is still as it was when their step looked. */
  dependenciesHold(effects: readonly Effect[]): boolean {
    return effects.every((effect) => {
      if (effect.base === undefined) return true
      // What an earlier item of this batch writes has no revision yet: whatever was read before it is stale.
      if (this.#rows.written.has(this.#placeOf(effect))) return false
      return (this.#rows.revisions.get(`${effect.store}\0${effect.key}`)?.revision ?? null) === effect.base
    })
  }

  addEffects(effects: readonly Effect[]): void {
    this.#changes += effects.length
    this.effects.push(...effects)
    for (const effect of effects) if (effect.write !== undefined) this.#rows.written.add(this.#placeOf(effect))
  }

  /** Equal for two sessions that mean the same file of a shared workspace. */
  #placeOf({ store, key }: Effect): string {
    return `${store}\0${this.#rows.revisions.get(`${store}\0${key}`)?.place ?? `${this.head.sessionId}\0${key}`}`
  }

  accepted(key: string): StoredAccept | undefined {
    return this.#rows.accepts.get(key) ?? this.newAccepts.find((accept) => accept.key === key)
  }

  /** The sequence of an input message that an earlier run of the same item turned out to have stored. */
  storedInput(messageId: string): number | null {
    return this.#rows.inputs.get(messageId) ?? null
  }

  accept(accept: NewAccept): void {
    this.#changes += 1
    this.newAccepts.push(accept)
  }

  /** The task if this holder holds this attempt of it in the live workflow. */
  held(ref: TaskRef, incarnation: Uuid): TaskRow | null {
    const task = this.tasks.get(ref.id)
    if (task?.status !== 'claimed' || task.claimedBy !== incarnation || task.attempt !== ref.attempt) return null
    return this.workflow?.id === task.workflowId ? task : null
  }

  openTasks(): TaskRow[] {
    return [...this.tasks.values()].filter((task) => isOpen(task) && task.workflowId === this.workflow?.id)
  }

  /** Appends events to the head's log; answers the sequence of the first. */
  append(drafts: readonly EventDraft[], turnId: Uuid | null, execId: Uuid | null): number {
    const first = this.head.lastSequence + 1
    this.#changes += drafts.length
    for (const draft of drafts) {
      const sequence = ++this.head.lastSequence
      if (draft.type === 'input.message') this.head.lastInput = sequence
      this.newEvents.push({
        sessionId: this.head.sessionId,
        orgId: this.head.orgId,
        sequence,
        id: eventId(sequence),
        type: draft.type,
        ts: Math.round(this.now - (draft.agoMs ?? 0)),
        turnId,
        execId,
        data: draft.data,
        extra: draft.extra ?? null,
      })
    }
    if (drafts.length > 0) this.#headChanged = true
    return first
  }

  change(task: TaskRow): TaskRow {
    this.#changes += 1
    if (!this.newTasks.has(task)) this.changedTasks.add(task)
    return task
  }

  planView(): PlanView {
    const open: OpenTask[] = this.openTasks().map((task) => ({
      key: task.key,
      kind: task.kind,
      class: task.class,
      begun: task.begunAt !== null,
    }))
    return { lastInput: this.head.lastInput, lastSequence: this.head.lastSequence, now: this.now, open }
  }

  /** Starts a workflow on a head that has no live one, and applies its first plan. */
  start<State>(id: Uuid, type: WorkflowType<State>, plan: Plan<State>, finisher: Uuid | null = null): WorkflowRow {
    const { orgId, sessionId } = this.head
    const workflow: WorkflowRow = {
      id,
      orgId,
      sessionId,
      type: type.type,
      status: 'running',
      version: type.version,
      state: plan.state,
      result: null,
      error: null,
    }
    this.#changes += 1
    this.workflow = workflow
    this.newWorkflows.add(workflow)
    this.head.liveTurn = id
    this.#headChanged = true
    this.apply(type, plan, finisher)
    return workflow
  }

  /** Makes a plan of the live workflow true in memory. `finisher` gets the next task first. */
  apply<State>(type: WorkflowType<State>, plan: Plan<State>, finisher: Uuid | null): void {
    const workflow = this.workflow
    if (!workflow) throw new Error('a plan without a live workflow')
    this.#changes += 1
    const status = plan.status ?? (plan.end ? workflow.status : 'running')
    const changed = plan.state !== workflow.state || status !== workflow.status || plan.end !== undefined
    if (changed && !this.newWorkflows.has(workflow)) this.changedWorkflows.add(workflow)
    Object.assign(workflow, { state: plan.state, version: type.version, status })
    for (const { key, status } of plan.settle ?? []) this.#settle(key, status)
    this.append(plan.events ?? [], workflow.id, null)
    this.addEffects(plan.effects ?? [])
    if (plan.end) this.#end(workflow, plan.end)
    else {
      this.#finisherServed = false
      for (const task of plan.tasks ?? []) this.#insert(workflow, task, finisher)
    }
  }

  #settle(key: string, status: 'completed' | 'cancelled'): void {
    for (const task of this.openTasks()) if (task.key === key) this.#close(task, status)
  }

  #close(task: TaskRow, status: 'completed' | 'cancelled'): void {
    if (task.status === 'claimed') this.stopped.push({ ...task })
    task.status = status
    task.completedAt = this.now
    this.change(task)
  }

  #end(workflow: WorkflowRow, end: NonNullable<Plan<unknown>['end']>): void {
    for (const task of this.openTasks()) this.#close(task, 'cancelled')
    workflow.status = end.status
    workflow.result = end.result === undefined ? null : toJsonText(end.result)
    workflow.error = end.error === undefined ? null : toJsonText(end.error)
    this.workflow = null
    this.head.liveTurn = null
    this.#headChanged = true
  }

  #insert(workflow: WorkflowRow, task: NewTask, finisher: Uuid | null): void {
    const row: TaskRow = {
      id: newId(),
      orgId: workflow.orgId,
      workflowId: workflow.id,
      sessionId: workflow.sessionId,
      key: task.key,
      kind: task.kind,
      class: task.class,
      status: task.class === 'client' ? 'waiting' : 'pending',
      input: task.input,
      visibleAt: this.now + (task.deadlineMs ?? 0),
      claimedBy: null,
      claimedAt: null,
      attempt: 0,
      failures: 0,
      maxFailures,
      conflicts: 0,
      postponed: 0,
      begunAt: null,
      emitted: 0,
      emittedFrom: null,
      emittedChars: 0,
      lostBy: null,
      lastError: null,
      completedAt: null,
    }
    if (this.tasks.has(row.id)) throw new Error('task id repeated')
    this.tasks.set(row.id, row)
    this.newTasks.add(row)
    if (row.status === 'pending') this.#lease(row, workflow, finisher)
  }

  #lease(task: TaskRow, workflow: WorkflowRow, finisher: Uuid | null): void {
    const { place, mayKeep, knows } = this.#placing
    const keeps = mayKeep(task.orgId, this.now)
    const toFinisher = finisher !== null && !this.#finisherServed && keeps && knows(finisher, task.kind)
    const holder = toFinisher ? finisher : keeps ? place({ kind: task.kind, orgId: task.orgId }) : null
    if (!holder) return
    if (toFinisher) this.#finisherServed = true
    task.status = 'claimed'
    task.claimedBy = holder
    task.claimedAt = this.now
    task.attempt += 1
    const known = { logEnd: this.head.lastSequence, configRevision: this.#rows.configRevision }
    this.leased.push({ task, workflow, slot: toFinisher ? 'finisher' : 'credit', ...known })
  }

  /** The live workflow, if this release can plan it. */
  plannable(): { workflow: WorkflowRow; type: WorkflowType<unknown> } | null {
    const workflow = this.workflow
    const type = workflow && isLive(workflow) ? this.typeOf(workflow) : undefined
    return workflow && type ? { workflow, type } : null
  }
}
