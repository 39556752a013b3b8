-- The upkeep of logs goes through a session's turns in order, so that no part of a log is read once per turn.

-- Removes the pieces of completed messages of turns that ended longer than `quiet` ago, in the order in which they ended, at most
-- `most` turns: all pieces of a message or none. A turn's events are no older and hardly newer than the turn: so the log is read
-- backwards only as far as the first turn's beginning, and forwards only as far as each turn's end. Only one caller at a time does
-- anything.
create or replace function compact_deltas(quiet interval, most int, out turns int, out pieces int) language plpgsql as $$
declare
  since timestamptz;
  turn record;
  session uuid;
  before_turn int;
  after_turn int;
  last_of_turn int;
  messages text[];
  removed int;
begin
  turns := 0;
  pieces := 0;
  select at into since from duty_stamps where name = 'compact_deltas' for update skip locked;
  if not found then return; end if;
  perform set_config('everruns.removes_events', 'yes', true);
  for turn in
    select * from (
      select id, session_id, created_at, completed_at from workflows
      where completed_at > since and completed_at <= clock_timestamp() - quiet
      order by completed_at fetch first (most) rows with ties) ended
    order by session_id, completed_at
  loop
    if session is distinct from turn.session_id then
      session := turn.session_id;
      before_turn := coalesce((
        select e.sequence from events e where e.session_id = session and e.ts < turn.created_at - interval '1 minute'
        order by e.sequence desc limit 1), 0);
    end if;
    after_turn := coalesce((
      select e.sequence from events e
      where e.session_id = session and e.sequence > before_turn and e.ts > turn.completed_at + interval '1 minute'
      order by e.sequence limit 1), 2147483647);
    select max(e.sequence), array_agg(e.data -> 'message' ->> 'id') filter (where e.type = 'output.message.completed')
      into last_of_turn, messages
      from events e
      where e.session_id = session and e.sequence > before_turn and e.sequence < after_turn and e.turn_id = turn.id;
    delete from events d
    where d.session_id = session and d.sequence > before_turn and d.sequence < after_turn and d.turn_id = turn.id
      and d.type in ('output.message.delta', 'reason.thinking.delta') and d.data ->> 'message_id' = any(messages);
    get diagnostics removed = row_count;
    turns := turns + 1;
    pieces := pieces + removed;
    since := greatest(since, turn.completed_at);
    before_turn := coalesce(last_of_turn, before_turn);
  end loop;
  if turns > 0 then update duty_stamps set at = since where name = 'compact_deltas'; end if;
  perform set_config('everruns.removes_events', '', true);
end $$;

-- Removes the events of turns that ended longer than `age` ago, oldest first, at most `most` turns. What does not belong to a turn
-- stays. The log is read from its beginning only as far as each turn's end. Only one caller at a time does anything.
create or replace function forget_events(age interval, most int, out turns int, out forgotten int) language plpgsql as $$
declare
  since timestamptz;
  turn record;
  session uuid;
  before_turn int;
  after_turn int;
  last_of_turn int;
  removed int;
begin
  turns := 0;
  forgotten := 0;
  select at into since from duty_stamps where name = 'forget_events' for update skip locked;
  if not found then return; end if;
  perform set_config('everruns.removes_events', 'yes', true);
  for turn in
    select * from (
      select id, session_id, completed_at from workflows
      where completed_at > since and completed_at <= clock_timestamp() - age
      order by completed_at fetch first (most) rows with ties) ended
    order by session_id, completed_at
  loop
    if session is distinct from turn.session_id then
      session := turn.session_id;
      before_turn := 0;
    end if;
    after_turn := coalesce((
      select e.sequence from events e
      where e.session_id = session and e.sequence > before_turn and e.ts > turn.completed_at + interval '1 minute'
      order by e.sequence limit 1), 2147483647);
    select max(e.sequence) into last_of_turn from events e
      where e.session_id = session and e.sequence > before_turn and e.sequence < after_turn and e.turn_id = turn.id;
    delete from events d
    where d.session_id = session and d.sequence > before_turn and d.sequence <= last_of_turn and d.turn_id = turn.id;
    get diagnostics removed = row_count;
    turns := turns + 1;
    forgotten := forgotten + removed;
    since := greatest(since, turn.completed_at);
    before_turn := coalesce(last_of_turn, before_turn);
  end loop;
  if turns > 0 then update duty_stamps set at = since where name = 'forget_events'; end if;
  perform set_config('everruns.removes_events', '', true);
end $$;
