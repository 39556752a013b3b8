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

/** `missed`: an earlier one is not stored. To acknowledge this one would make its worker forget that one too. */
export type EmitAnswer = 'stored' | 'lost' | 'missed'

/** Stored while the attempt is held and the number is the next; one that was stored before is acknowledged and dropped. */
export function emit(view: HeadView, { ref, incarnation }: Held, { number, chars, events }: Emitted): EmitAnswer {
  const task = view.held(ref, incarnation)
  if (!task) return 'lost'
  if (number <= task.emitted) return 'stored'
  if (number > task.emitted + 1) return 'missed'
  const first = view.append(events, task.workflowId, execIdOf(task.id, task.attempt))
  task.emitted = number
  task.emittedFrom ??= first
  task.emittedChars += chars
  view.change(task)
  return 'stored'
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
