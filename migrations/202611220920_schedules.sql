-- Schedules, circuit breakers, and the only ways by which events leave the log.
-- A control plane of an older release cannot delete sessions once this has run: it removes their events directly.

create table schedules (
  id uuid not null,
  org_id uuid not null references organizations (id) on delete cascade,
  name text not null,
  description text,
  cron_expression text not null,
  timezone text not null default 'UTC',
  target_type text not null check (target_type in ('workflow', 'activity')),
  target_name text not null,
  target_input json not null,
  enabled boolean not null default true,
  max_concurrent int,
  catch_up_missed boolean not null default false,
  max_catch_up int,
  retry_policy json,
  last_triggered_at timestamptz,
  next_trigger_at timestamptz,             -- null while it is paused, and when no time is left
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, name)
);
create index schedules_due on schedules (next_trigger_at) where next_trigger_at is not null;

create table schedule_executions (
  id uuid not null,
  org_id uuid not null,
  schedule_id uuid not null,
  slot timestamptz,                        -- the time of the schedule that it is for; null: started by hand
  status text not null check (status in ('running', 'completed', 'failed', 'skipped')),
  workflow_id uuid,
  task_id uuid,
  error text,
  started_at timestamptz not null default clock_timestamp(),
  completed_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  primary key (org_id, id),
  foreign key (org_id, schedule_id) references schedules (org_id, id) on delete cascade,
  unique (schedule_id, slot)
);
create index schedule_executions_newest on schedule_executions (schedule_id, created_at desc);
create index schedule_executions_running on schedule_executions (schedule_id) where status = 'running';

-- A row per circuit that was ever opened, written when it opens or closes. Half open is an open one whose time has come.
create table circuit_breakers (
  org_id uuid not null references organizations (id) on delete cascade,
  key text not null,
  state text not null check (state in ('open', 'closed')),
  failure_count int not null default 0,
  success_count int not null default 0,
  last_failure_at timestamptz,
  opened_at timestamptz,
  half_open_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (org_id, key)
);

alter table tasks add column postponed smallint not null default 0;   -- handed back because a service it needs is not to be called now

-- ── events leave the log ────────────────────────────────────────────────────

create index workflows_ended on workflows (completed_at) where completed_at is not null;
-- The end of the last turn each has dealt with.
insert into duty_stamps values ('compact_deltas', 'epoch'), ('forget_events', 'epoch');

create function refuse_removal_of_events() returns trigger language plpgsql as $$
begin
  if current_setting('everruns.removes_events', true) is distinct from 'yes' then
    raise exception 'events are only removed by delete_session_events, compact_deltas and forget_events';
  end if;
  return null;
end $$;
create trigger events_stay before delete or truncate on events for each statement execute function refuse_removal_of_events();

create function delete_session_events(session uuid) returns void language plpgsql as $$
begin
  perform set_config('everruns.removes_events', 'yes', true);
  delete from events where session_id = session;
  perform set_config('everruns.removes_events', '', true);
end $$;

-- Removes the pieces of completed messages of turns that ended longer than `quiet` ago, in the order in which they ended, at most
-- `most` turns: all pieces of a message or none. A turn's events are no older than the turn: so the log is read backwards only as
-- far as its beginning. Only one caller at a time does anything.
create function compact_deltas(quiet interval, most int, out turns int, out pieces int) language plpgsql as $$
declare
  since timestamptz;
  turn record;
  before_turn int;
  removed int;
begin
  turns := 0;
  pieces := 0;
  select at into since from duty_stamps where name = 'compact_deltas' for update skip locked;
  if not found then return; end if;
  perform set_config('everruns.removes_events', 'yes', true);
  for turn in
    select id, session_id, created_at, completed_at from workflows
    where completed_at > since and completed_at <= clock_timestamp() - quiet
    order by completed_at fetch first (most) rows with ties
  loop
    before_turn := coalesce((
      select e.sequence from events e
      where e.session_id = turn.session_id and e.ts < turn.created_at - interval '1 minute'
      order by e.sequence desc limit 1), 0);
    delete from events d
    where d.session_id = turn.session_id and d.sequence > before_turn and d.turn_id = turn.id
      and d.type in ('output.message.delta', 'reason.thinking.delta')
      and d.data ->> 'message_id' in (
        select c.data -> 'message' ->> 'id' from events c
        where c.session_id = turn.session_id and c.sequence > before_turn and c.turn_id = turn.id
          and c.type = 'output.message.completed');
    get diagnostics removed = row_count;
    turns := turns + 1;
    pieces := pieces + removed;
    since := turn.completed_at;
  end loop;
  if turns > 0 then update duty_stamps set at = since where name = 'compact_deltas'; end if;
  perform set_config('everruns.removes_events', '', true);
end $$;

-- Removes the events of turns that ended longer than `age` ago, oldest first, at most `most` turns. What does not belong to a turn
-- stays. The log is read from its beginning only as far as the turn's end. Only one caller at a time does anything.
create function forget_events(age interval, most int, out turns int, out forgotten int) language plpgsql as $$
declare
  since timestamptz;
  turn record;
  after_turn int;
  removed int;
begin
  turns := 0;
  forgotten := 0;
  select at into since from duty_stamps where name = 'forget_events' for update skip locked;
  if not found then return; end if;
  perform set_config('everruns.removes_events', 'yes', true);
  for turn in
    select id, session_id, completed_at from workflows
    where completed_at > since and completed_at <= clock_timestamp() - age
    order by completed_at fetch first (most) rows with ties
  loop
    after_turn := coalesce((
      select e.sequence from events e
      where e.session_id = turn.session_id and e.ts > turn.completed_at + interval '1 minute'
      order by e.sequence limit 1), 2147483647);
    delete from events d where d.session_id = turn.session_id and d.sequence < after_turn and d.turn_id = turn.id;
    get diagnostics removed = row_count;
    turns := turns + 1;
    forgotten := forgotten + removed;
    since := turn.completed_at;
  end loop;
  if turns > 0 then update duty_stamps set at = since where name = 'forget_events'; end if;
  perform set_config('everruns.removes_events', '', true);
end $$;

do $$
declare t text;
begin
  if not exists (select from pg_roles where rolname = 'everruns_app' and pg_has_role(current_user, oid, 'member')) then return; end if;
  grant select, insert, update, delete on schedules, schedule_executions, circuit_breakers to everruns_app, everruns_engine;
  foreach t in array array['schedules', 'schedule_executions', 'circuit_breakers'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy one_org on %I to everruns_app
      using (org_id = nullif(current_setting('app.org_id', true), '')::uuid)
      with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid)$p$, t);
    execute format('create policy engine on %I to everruns_engine using (true) with check (true)', t);
  end loop;
  revoke execute on function compact_deltas, forget_events from public;
  grant execute on function compact_deltas, forget_events to everruns_engine;
end $$;
