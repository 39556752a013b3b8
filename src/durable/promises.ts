// What the rows of the engine must be at any moment, whatever died while they were written: each promise as a statement that answers
// what breaks it. One snapshot is enough to tell.
import { mostFailuresSql } from './suspects.ts'

export interface RowPromise {
  /** One sentence, as an operator reads it. */
  says: string
  /** Read-only, without parameters; one row for everything that breaks it, with a text `breach`. */
  text: string
}

const live = `('running', 'waiting', 'paused')`
const open = `('pending', 'claimed', 'waiting')`

/** Live workflows that nothing would ever move. Paused ones declare their wait by their status; every other wait is an open task. */
const zombies = `select w.id from workflows w where w.status in ('running', 'waiting')
  and not exists (select from tasks t where t.workflow_id = w.id and t.status in ${open})`

export const enginePromises: readonly RowPromise[] = [
  {
    says: 'whatever lives has something that moves it on',
    text: `select 'workflow ' || z.id || ' is live, and nothing will ever move it' as breach from (${zombies}) z`,
  },
  {
    says: 'a session has at most one live turn, and its head names it',
    text: `select 'session ' || coalesce(w.session_id, h.session_id) || ' has ' || count(w.id) || ' live turns and its head names '
             || coalesce(h.live_turn::text, 'none') as breach
           from session_heads h full join workflows w on w.session_id = h.session_id and w.status in ${live}
           where w.status in ${live} or w.id is null
           group by w.session_id, h.session_id, h.live_turn
           having count(w.id) > 1 or h.session_id is null or (array_agg(w.id))[1] is distinct from h.live_turn`,
  },
  {
    says: 'no task outlives its workflow',
    text: `select 'task ' || t.id || ' is ' || t.status || ' and its workflow is ' || coalesce(w.status, 'gone') as breach
           from tasks t left join workflows w on w.id = t.workflow_id
           where w.id is null or (t.status in ${open} and w.status not in ${live})`,
  },
  {
    says: 'a task is held by somebody, or by nobody',
    text: `select 'task ' || t.id || ' is ' || t.status || ' and held by ' || coalesce(t.claimed_by::text, 'nobody') as breach
           from tasks t where (t.status = 'claimed') <> (t.claimed_by is not null) and t.status in ${open}`,
  },
  {
    says: 'no task fails more often than it may, and a begun at-most-once call is never put back',
    text: `select 'task ' || t.id || ' is ' || t.status || ' after ' || t.failures || ' of ' || t.max_failures || ' failures'
             || case when t.begun_at is null then '' else ', begun' end as breach
           from tasks t where t.failures > ${mostFailuresSql('t')} or (t.status in ${open} and t.failures >= ${mostFailuresSql('t')})
             or (t.status = 'pending' and t.class = 'at_most_once' and t.begun_at is not null)`,
  },
]
