// What must hold after every commit and whenever a step starts. A run notes each breach and goes on.
import type { Assignment } from '../../../../src/contract/control-plane.ts'
import { execIdOf } from '../../../../src/contract/ids.ts'
import type { Message } from '../../../../src/contract/message.ts'
import { type Change, eventKey } from '../database/tables.ts'
import type { Transaction } from '../database/transaction.ts'
import { nameOf } from '../network.ts'
import type { Worker } from '../worker.ts'
import type { World } from '../world.ts'
import { headBreaches } from './heads.ts'
import { taskBreaches } from './tasks.ts'
import { valueBreaches } from './values.ts'

/** Who was given one attempt at a task. */
export interface Given {
  taskId: string
  attempt: number
  worker: Worker
}

export class Watch {
  readonly breaches: string[] = []
  /** By the id that the attempt's events carry. */
  readonly given = new Map<string, Given>()
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  #note(found: readonly string[]): void {
    for (const breach of found) {
      this.#world.say({ name: 'BREACH', alive: true, pausedUntil: 0 }, () => breach)
      this.breaches.push(breach)
    }
  }

  committed(changes: readonly Change[], tx: Transaction): void {
    const { world, given } = { world: this.#world, given: this.given }
    for (const change of changes) world.say({ name: 'database', alive: true, pausedUntil: 0 }, () => shown(change))
    this.#note([...headBreaches(world, changes), ...taskBreaches(world, changes, tx, given), ...valueBreaches(changes)])
  }

  /** One attempt is given to one process, once. */
  stepStarted({ task }: Assignment, worker: Worker): void {
    const execId = execIdOf(task.id, task.attempt)
    const earlier = this.given.get(execId)
    if (earlier) this.#note([`${nameOf(task)} was started by ${worker.actor.name} and before by ${earlier.worker.actor.name}`])
    this.given.set(execId, { taskId: task.id, attempt: task.attempt, worker })
  }

  /** The model is given every input that its step was planned with, each call with its result, and something new to answer. */
  modelCalled({ task, sessionId, workflowId }: Assignment, messages: readonly Message[], repairs: number): void {
    const { workflows, events, tasks } = this.#world.database.tables
    const [workflow, row] = [workflows.get(workflowId), tasks.get(task.id)]
    // What was lost meanwhile does not matter any more.
    if (!workflow || row?.status !== 'claimed' || row.attempt !== task.attempt) return
    const { through } = JSON.parse(workflow.state)
    const known = new Set(messages.map(({ id }) => id))
    const planned = Array.from({ length: through }, (_, n) => events.get(eventKey(sessionId, n + 1)))
    const missed = planned.flatMap((event) =>
      event?.type === 'input.message' && !known.has(JSON.parse(event.data).message.id) ? [event] : [],
    )
    this.#note([
      ...(repairs > 0 ? [`a model was given ${repairs} calls without results`] : []),
      ...(messages.at(-1)?.role === 'agent' ? ['a model was asked to answer itself'] : []),
      ...missed.map(({ sequence }) => `a model was not given the message at ${sequence}`),
    ])
  }
}

function shown({ table, key, before, after }: Change): string {
  const short = key.slice(-6)
  if (table === 'events') return `event ${after.sequence} ${after.type}`
  if (table === 'tasks')
    return `task ${short} ${after.key}: ${before?.status ?? 'new'} → ${after.status}, attempt ${after.attempt}, failures ${after.failures}`
  if (table === 'values') return `value written by ${after.by} over revision ${after.base}`
  if (table === 'workflows') return `workflow ${short}: ${before?.status ?? 'new'} → ${after.status}`
  return `${table} ${short}`
}
