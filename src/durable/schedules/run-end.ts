// How a run of a schedule ended, read off the row `w` of its workflow: SQL for those who write it down and for those who show it.

/** What is told of a run whose workflow was removed before its end was written down. */
const unknown = 'How it ended is not known: its workflow is gone'

/** The row is there and has ended, or (after an outer join) is not there at all: nothing goes on, and nobody can say that it went well. */
export const runHasEnded = '(w.id is null or w.completed_at is not null)'

/** `completed` or `failed` of a run that has ended. */
export const runStatus = `case w.status when 'completed' then 'completed' else 'failed' end`

/** Null when it went well. */
export const runError = `case when w.id is null then '${unknown}' else w.error ->> 'message' end`

/** The columns of an execution that is settled. The time is null where nobody knows it. */
export const settledColumns = `completed_at = w.completed_at, status = ${runStatus}, error = ${runError}`
