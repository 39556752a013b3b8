// A holder is gone: its step runs again, unless its effect may already have happened. And waits that are over.
import type { Uuid } from '../../contract/ids.ts'
import type { TaskRef } from '../../contract/workflow.ts'
import { lossesAllowed } from '../suspects.ts'
import type { HeadView } from '../view.ts'
import { conclude, requeue } from './held.ts'

/**
 * Looks at the lease again, under the lock. True when the task was taken from its holder. `wasAlone`: the holder had nothing else when it
 * was lost.
 */
export function reclaim(view: HeadView, ref: TaskRef, holder: Uuid, wasAlone: boolean): boolean {
  const task = view.held(ref, holder)
  if (!task) return false
  const lease = view.leaseOf(holder)
  const mayRerun = !(task.class === 'at_most_once' && task.begunAt !== null)
  if (mayRerun ? lease.rerunHeld && lease.held : lease.held) return false
  task.lastError = 'the worker stopped responding'
  if (!mayRerun) {
    conclude(view, task, 'dead', { task, status: 'interrupted' }, null)
    return true
  }
  // Charged now, forgiven when the holder turns out to be alive: a step that kills its worker must not do so for ever.
  task.failures += 1
  task.lostBy = holder
  if (task.failures >= lossesAllowed(task, wasAlone))
    conclude(view, task, 'dead', { task, status: 'dead', error: task.lastError }, null)
  else requeue(view, task)
  return true
}

/** A wait whose deadline has passed (database clock). */
export function expire(view: HeadView, taskId: Uuid): boolean {
  const task = view.tasks.get(taskId)
  if (task?.status !== 'waiting' || task.visibleAt > view.now) return false
  conclude(view, task, 'completed', { task, status: 'timeout' }, null)
  return true
}
