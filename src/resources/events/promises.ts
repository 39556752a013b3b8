// What the logs of sessions must be at any moment: each promise as a statement that answers what breaks it. Old logs may have lost the
// pieces of completed messages and whole turns to upkeep, which notes how far it has come; nothing else may be missing.
import type { RowPromise } from '../../durable/index.ts'

const ends = `('turn.completed', 'turn.failed', 'turn.cancelled', 'turn.sealed')`
const live = `('running', 'waiting', 'paused')`

/** Nothing that happened from then on has been removed. */
const removed = `(select max(at) as until from duty_stamps where name in ('compact_deltas', 'forget_events'))`

export const logPromises: readonly RowPromise[] = [
  {
    says: 'events are numbered without a gap, and their ids say their numbers',
    text: `select 'session ' || session_id || ' has event ' || sequence || ' after ' || coalesce(before::text, 'nothing') as breach
           from (select session_id, sequence, id, lag(sequence) over log as before, lag(ts) over log as before_ts from events
                 window log as (partition by session_id order by sequence)) e, ${removed} removed
           where (before is null and sequence <> 1) or (sequence > before + 1 and before_ts >= removed.until)
             or ('x' || right(id::text, 8))::bit(32)::int <> sequence`,
  },
  {
    says: 'a head counts exactly the events of its log',
    text: `select 'session ' || h.session_id || ' counts ' || h.last_sequence || ' events and its log ends at ' || coalesce(e.last, 0) as breach
           from session_heads h
           left join (select session_id, max(sequence) as last, max(ts) as ts from events group by session_id) e using (session_id),
             ${removed} removed
           where coalesce(e.last, 0) > h.last_sequence or (coalesce(e.last, 0) < h.last_sequence and coalesce(e.ts >= removed.until, true))`,
  },
  {
    says: 'a turn that began ends once, and not before it is over',
    text: `select 'turn ' || turn_id || ' began ' || begun || ' times, ended ' || ended || ' times and is ' || coalesce(status, 'gone') as breach
           from (select turn_id, count(*) filter (where type = 'turn.started') as begun, count(*) filter (where type in ${ends}) as ended
                 from events where type = 'turn.started' or type in ${ends} group by turn_id) e
           left join workflows w on w.id = e.turn_id
           where begun <> 1 or ended <> case when w.status in ${live} then 0 else 1 end`,
  },
  {
    says: 'a call has one result, and an answer is stored once',
    text: `select type || ' of ' || what || ' is ' || count(*) || ' times in session ' || session_id as breach
           from (select session_id, turn_id, type,
                   coalesce(data ->> 'tool_call_id', data -> 'message' ->> 'id') as what
                 from events where type in ('tool.completed', 'output.message.completed', 'input.message')) e
           group by session_id, turn_id, type, what having count(*) > 1`,
  },
  {
    says: 'no call of a turn that is over lacks its result',
    text: `with calls as (
             select e.session_id, e.turn_id, part ->> 'id' as call from events e
             join workflows w on w.id = e.turn_id and w.status not in ${live},
               json_array_elements(case json_typeof(e.data -> 'message' -> 'content') when 'array' then e.data -> 'message' -> 'content' else '[]' end) part
             where e.type = 'output.message.completed' and part ->> 'type' = 'tool_call'
           ), results as (
             select distinct turn_id, data ->> 'tool_call_id' as call from events where type = 'tool.completed')
           select 'call ' || call || ' of session ' || c.session_id || ' has no result' as breach
           from calls c left join results r using (turn_id, call) where r.turn_id is null`,
  },
]
