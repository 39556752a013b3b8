// Stores what a step emitted while it runs; and the fenced "I begin" of steps whose effect cannot be repeated.
import type { EventDraft } from '../../contract/events/index.ts'
import { execIdOf } from '../../contract/ids.ts'
import type { HeadView } from '../view.ts'
import type { Held } from './held.ts'

export interface Emitted {
  number: number
  chars: number
  events: EventDraft[]
}

/** True when the attempt is still held; a number that was stored before is acknowledged and dropped. */
export function emit(view: HeadView, { ref, incarnation }: Held, { number, chars, events }: Emitted): boolean {
  const task = view.held(ref, incarnation)
  if (!task) return false
  if (number <= task.emitted) return true
  const first = view.append(events, task.workflowId, execIdOf(task.id, task.attempt))
  task.emitted = number
  task.emittedFrom ??= first
  task.emittedChars += chars
  view.change(task)
  return true
}

/** True when the step may start its effect. Said twice, it is stored once. */
export function begin(view: HeadView, { ref, incarnation }: Held, events: EventDraft[]): boolean {
  const task = view.held(ref, incarnation)
  if (!task) return false
  if (task.begunAt !== null) return true
  view.append(events, task.workflowId, execIdOf(task.id, task.attempt))
  task.begunAt = view.now
  view.change(task)
  return true
}
