// Heads as this process's last transaction left them, so that the next one can decide without a look (transactor.ts). Only heads whose
// rows nobody changes without counting up the head's revision: a live workflow with no task that a claim could take.
import type { Uuid } from '../contract/ids.ts'
import type { Item } from './item.ts'
import { type HeadRow, isLive, type TaskRow, type WorkflowRow } from './rows.ts'
import type { HeadView } from './view.ts'

export interface KeptHead {
  head: HeadRow
  workflow: WorkflowRow
  /** All that are open. */
  tasks: TaskRow[]
  /** Database time of the transaction that left it so. */
  now: number
}

/** The rows of the transaction itself: nobody changes them after its commit, nor what a plan was given or gave. */
interface Entry extends Omit<KeptHead, 'tasks'> {
  tasks: ReadonlyMap<Uuid, TaskRow>
  weight: number
}

/** What all may weigh together. Of those that were not used for longest none is kept. */
const heaviestOfAll = 16 * 1024 * 1024
/** What one head may weigh, about the characters of its JSON: heavier ones are read again, which costs little beside writing them. */
const heaviest = 64 * 1024
/** What its rows weigh beside what was given to them. */
const rowsWeigh = 2 * 1024

export class KeptHeads {
  readonly #entries = new Map<Uuid, Entry>()
  readonly #heaviestOfAll: number
  #weight = 0

  constructor(most = heaviestOfAll) {
    this.#heaviestOfAll = most
  }

  /** Whether the item needs nothing that would have to be looked up. */
  covers({
    sessionId,
    orgId,
    taskIds = [],
    holders = [],
    revisions = [],
    looks = [],
    acceptKey,
    inputId,
  }: Item<unknown>): boolean {
    const entry = this.#entries.get(sessionId)
    if (!entry || acceptKey !== undefined || inputId !== undefined) return false
    if (holders.length + revisions.length + looks.length > 0) return false
    return (orgId === undefined || orgId === entry.head.orgId) && taskIds.every((id) => entry.tasks.has(id))
  }

  /** Takes heads out: whoever has them changes them, and gives them back by `keep` once that is committed. */
  take(sessionIds: readonly Uuid[]): KeptHead[] {
    const taken: KeptHead[] = []
    for (const id of sessionIds) {
      const entry = this.#entries.get(id)
      if (entry) taken.push(copyOf(entry))
      this.drop(id)
    }
    return taken
  }

  drop(sessionId: Uuid): void {
    this.#weight -= this.#entries.get(sessionId)?.weight ?? 0
    this.#entries.delete(sessionId)
  }

  forgetAll(): void {
    this.#entries.clear()
    this.#weight = 0
  }

  /** After a commit. */
  keep(views: readonly HeadView[]): void {
    for (const view of views) {
      this.drop(view.head.sessionId)
      const entry = entryOf(view)
      if (!entry) continue
      this.#entries.set(view.head.sessionId, entry)
      this.#weight += entry.weight
    }
    for (const [oldest] of this.#entries) {
      if (this.#weight <= this.#heaviestOfAll) break
      this.drop(oldest)
    }
  }
}

function copyOf({ head, workflow, tasks, now }: Entry): KeptHead {
  const copies: TaskRow[] = []
  for (const task of tasks.values()) copies.push({ ...task })
  return { head: { ...head }, workflow: { ...workflow }, tasks: copies, now }
}

/** Null where somebody may change a row without the head: claims take pending tasks, a worker that is back forgives a loss. */
function entryOf(view: HeadView): Entry | null {
  const { head, workflow, now } = view
  const open = view.openTasks()
  if (!workflow || !isLive(workflow) || open.some(({ status, lostBy }) => status === 'pending' || lostBy !== null)) return null
  const weight = open.reduce((sum, { input }) => sum + weightOf(input), weightOf(workflow.state)) + rowsWeigh
  return weight > heaviest ? null : { head, workflow, tasks: new Map(open.map((task) => [task.id, task])), now, weight }
}

/** About the characters of its JSON, without writing it. */
function weightOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 4
  let sum = 2
  for (const part of Object.values(value)) sum += 8 + weightOf(part)
  return sum
}
