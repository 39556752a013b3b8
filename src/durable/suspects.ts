// Suspects: steps whose next loss with their worker could be the last. One at a time for each worker, so that what dies with a poisoned
// step is not always the same (docs/decisions/0017-poisoned-steps.md).
import type { TaskRow } from './rows.ts'

/** It was lost with a worker, and its budget has one loss left. */
export const isSuspect = ({ lostBy, failures, maxFailures }: Pick<TaskRow, 'lostBy' | 'failures' | 'maxFailures'>): boolean =>
  lostBy !== null && failures >= maxFailures - 1

/** The same as a condition on a row of tasks. */
export const suspectSql = (task: string): string =>
  `(${task}.lost_by is not null and ${task}.failures >= ${task}.max_failures - 1)`

/** A loss in company proves nothing against one of them: only so many times the budget does. */
const inCompany = 2

/** What no task's failures exceed, as an expression on a row of tasks: more than the budget only where it was lost. */
export const mostFailuresSql = (task: string): string =>
  `case when ${task}.lost_by is null then ${task}.max_failures else ${task}.max_failures * ${inCompany} end`

/** How often a task may fail, given how it was lost now. */
export const lossesAllowed = ({ maxFailures }: TaskRow, wasAlone: boolean): number =>
  wasAlone ? maxFailures : maxFailures * inCompany
