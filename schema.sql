-- The whole schema as the migrations build it, to be read from top to bottom; src/db/schema.test.ts proves that it is the same.

-- Roles: a request runs as everruns_app and sees one organisation; the engine's batches run as everruns_engine.
do $$ begin
  if not exists (select from pg_roles where rolname = 'everruns_app') then create role everruns_app nologin; end if;
  if not exists (select from pg_roles where rolname = 'everruns_engine') then create role everruns_engine nologin; end if;
  execute format('grant everruns_app, everruns_engine to %I', current_user);
exception when insufficient_privilege then
  raise warning 'this role may not create roles: row-level security stands only as far as the connecting role is bound by it';
end $$;

create table organizations (
  id uuid primary key,
  name text not null,
  default_model_id uuid,
  default_harness_id uuid,
  config_revision bigint not null default 1,   -- grows with every change a running turn must notice
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- ── the engine ──────────────────────────────────────────────────────────────

-- The lock, the counter and the steering mark of a session (or of any workflow that stands alone).
create table session_heads (
  session_id uuid primary key,
  org_id uuid not null,
  last_sequence int not null default 0,
  last_input int not null default 0,
  live_turn uuid,
  revision int not null default 0
) with (fillfactor = 50);

create table workflows (
  id uuid primary key,
  org_id uuid not null,
  session_id uuid not null,
  type text not null,
  status text not null check (status in ('running', 'waiting', 'paused', 'completed', 'failed', 'cancelled')),
  version smallint not null,
  state json not null,
  result json,
  error json,
  created_at timestamptz not null default now(),
  completed_at timestamptz
) with (fillfactor = 70);
create unique index workflows_live on workflows (session_id) where status in ('running', 'waiting', 'paused');
create index workflows_of_session on workflows (session_id, created_at);
create index workflows_ended on workflows (completed_at) where completed_at is not null;

create table tasks (
  id uuid primary key,
  org_id uuid not null,
  workflow_id uuid,
  session_id uuid,
  key text not null,                       -- unique in its workflow: 'reason-1', a tool_call_id
  kind text not null,                      -- the step type a worker must know: 'reason', 'act'
  class text not null,                     -- pure | idempotent | transactional | keyed | at_most_once | client
  status text not null check (status in ('pending', 'claimed', 'waiting', 'completed', 'failed', 'dead', 'cancelled')),
  input json not null,
  priority smallint not null default 0,
  visible_at timestamptz not null default now(),   -- a timer; the deadline while status is 'waiting'
  claimed_by uuid,                         -- an incarnation, never a worker's name
  claimed_at timestamptz,
  attempt int not null default 0,          -- the fence: always grows
  failures smallint not null default 0,    -- the budget
  max_failures smallint not null default 3,
  conflicts smallint not null default 0,
  begun_at timestamptz,
  emitted int not null default 0,          -- number of the last stored Emit of this attempt
  emitted_from int,                        -- sequence of the first event of this attempt
  emitted_chars int not null default 0,
  lost_by uuid,                            -- the incarnation whose death was charged; forgiven if it comes back
  last_error text,
  created_at timestamptz not null default now(),
  completed_at timestamptz,
  requeued_at timestamptz,                 -- a dead task that has a successor is no dead letter any more
  postponed smallint not null default 0    -- handed back because a service it needs is not to be called now
) with (fillfactor = 70);
create unique index tasks_key on tasks (workflow_id, key);
create index tasks_ready on tasks (org_id, priority desc, visible_at) where status = 'pending';
create index tasks_held on tasks (claimed_by) where status = 'claimed';
create index tasks_lost on tasks (lost_by) where lost_by is not null;
create index tasks_suspects on tasks (visible_at) where status = 'pending' and lost_by is not null;
create index tasks_waiting on tasks (visible_at) where status = 'waiting';
create index tasks_dead on tasks (completed_at) where status = 'dead' and requeued_at is null;
create index tasks_standalone on tasks (org_id) where status = 'pending' and key = 'standalone';

create table workers (
  incarnation uuid primary key,
  name text not null,
  worker_group text,
  kinds text[] not null,
  capacity int not null,
  load int not null default 0,
  status text not null default 'active' check (status in ('active', 'draining', 'stopped')),
  accepting boolean not null default true,
  in_process boolean not null default false,
  stream_epoch int not null default 1,
  lease_until timestamptz not null,        -- the lease of everything it holds
  rerun_until timestamptz not null,        -- the same, for what may run again: shortened when the stream breaks
  hostname text,
  version text,
  metadata json not null default '{}',
  tasks_completed bigint not null default 0,
  tasks_failed bigint not null default 0,
  busy_ms bigint not null default 0,
  started_at timestamptz not null default now(),
  last_heartbeat_at timestamptz not null default now()
) with (fillfactor = 50);

-- Totals since ever: one row per slot, updated once per batch. A slot belongs to a few connections, so that batches do not wait.
create table engine_counts (
  slot smallint primary key,
  tasks_started bigint not null default 0,
  tasks_completed bigint not null default 0,
  tasks_failed bigint not null default 0,
  workflows_started bigint not null default 0,
  workflows_completed bigint not null default 0,
  workflows_failed bigint not null default 0
) with (fillfactor = 20);

-- When the duties of all replicas last ran (database clock): an outage must not look like death.
create table duty_stamps (name text primary key, at timestamptz not null);
insert into duty_stamps values ('sweep_leases', now());
-- The end of the last turn each has dealt with.
insert into duty_stamps values ('compact_deltas', 'epoch'), ('forget_events', 'epoch');

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

-- ── events ──────────────────────────────────────────────────────────────────

create table events (
  session_id uuid not null,
  sequence int not null,
  org_id uuid not null,
  id uuid not null,
  type text not null,
  ts timestamptz not null,
  turn_id uuid,
  exec_id uuid,
  data json not null,
  extra json,                              -- tags and metadata, where there are any
  primary key (session_id, sequence)
);

-- Events leave the log only by these functions.

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
-- `most` turns: all pieces of a message or none. A turn's events are no older and hardly newer than the turn: so the log is read
-- backwards only as far as the first turn's beginning, and forwards only as far as each turn's end. Only one caller at a time does
-- anything.
create function compact_deltas(quiet interval, most int, out turns int, out pieces int) language plpgsql as $$
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
create function forget_events(age interval, most int, out turns int, out forgotten int) language plpgsql as $$
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

-- What many events would repeat (prompts, tool lists), stored once by its hash.
create table contents (
  org_id uuid not null,
  hash text not null,
  body json not null,
  primary key (org_id, hash)
);

-- Accepted inputs by the caller's key, so that a repeated POST finds the first answer.
create table accepts (
  org_id uuid not null,
  session_id uuid not null,
  key text not null,
  fingerprint text not null,
  answer json not null,
  created_at timestamptz not null default now(),
  primary key (org_id, session_id, key)
);

-- ── resources ───────────────────────────────────────────────────────────────

create table providers (
  id uuid not null,
  org_id uuid not null references organizations (id) on delete cascade,
  name text not null,
  provider_type text not null,
  base_url text,
  credentials json,                        -- sealed
  settings json not null default '{}',
  status text not null default 'active' check (status in ('active', 'disabled')),
  trace json,
  last_synced_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, id)
);

create table models (
  id uuid not null,
  org_id uuid not null,
  provider_id uuid not null,
  model_id text not null,
  display_name text not null,
  capabilities text[] not null default '{}',
  enabled boolean not null default true,
  is_favorite boolean not null default false,
  source text not null default 'manual' check (source in ('manual', 'discovered', 'predefined')),
  last_seen_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (org_id, provider_id) references providers (org_id, id) on delete cascade,
  unique (org_id, provider_id, model_id)
);

create table harnesses (
  id uuid not null,
  org_id uuid not null references organizations (id) on delete cascade,
  name text not null,
  display_name text,
  description text,
  system_prompt text,
  parent_harness_id uuid,
  capabilities json not null default '[]',
  initial_files json not null default '[]',
  mcp_servers json not null default '{}',
  network_access json,
  default_model_id uuid,
  parallel_tool_calls boolean,
  embedder_metadata json not null default '{}',
  tags text[] not null default '{}',
  is_built_in boolean not null default false,
  status text not null default 'active' check (status in ('active', 'archived', 'deleted')),
  archived_at timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (org_id, parent_harness_id) references harnesses (org_id, id)
);
create unique index harnesses_name on harnesses (org_id, name) where status <> 'deleted';

create table agents (
  id uuid not null,
  org_id uuid not null references organizations (id) on delete cascade,
  name text not null,
  display_name text,
  description text,
  system_prompt text not null,
  harness_id uuid not null,
  capabilities json not null default '[]',
  initial_files json not null default '[]',
  mcp_servers json not null default '{}',
  tools json not null default '[]',
  network_access json,
  default_model_id uuid,
  max_iterations int,
  parallel_tool_calls boolean,
  tags text[] not null default '{}',
  status text not null default 'active' check (status in ('active', 'archived', 'deleted')),
  default_version_id uuid,
  forked_from_agent_id uuid,
  forked_from_version_id uuid,
  root_agent_id uuid,
  archived_at timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (org_id, harness_id) references harnesses (org_id, id)
);
create unique index agents_name on agents (org_id, name) where status <> 'deleted';

create table agent_versions (
  id uuid not null,
  org_id uuid not null,
  agent_id uuid not null,
  version_number int not null,
  version text not null,
  semver_major int not null default 0,
  semver_minor int not null default 0,
  semver_patch int not null default 0,
  is_published boolean not null default false,
  change_kind text not null,
  summary text,
  authored_config json not null,
  resolved_config json not null,
  config_hash text not null,
  parent_version_id uuid,
  source_version_id uuid,
  created_by_principal_id uuid,
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (org_id, agent_id) references agents (org_id, id) on delete cascade,
  unique (org_id, agent_id, version_number)
);

create table workspaces (
  id uuid not null,
  org_id uuid not null references organizations (id) on delete cascade,
  name text not null,
  description text,
  status text not null default 'active' check (status in ('active', 'archived', 'deleted')),
  archived_at timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, id)
);
create unique index workspaces_name on workspaces (org_id, name) where status <> 'deleted';

create sequence file_revisions;

create table files (
  id uuid not null,
  org_id uuid not null,
  workspace_id uuid not null,
  path text not null,
  is_directory boolean not null default false,
  is_readonly boolean not null default false,
  encoding text not null default 'text' check (encoding in ('text', 'base64')),
  content bytea,
  size_bytes int not null default 0,
  revision bigint not null default nextval('file_revisions'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, workspace_id, path),
  foreign key (org_id, workspace_id) references workspaces (org_id, id) on delete cascade
);

create table sessions (
  id uuid not null,
  org_id uuid not null references organizations (id) on delete cascade,
  harness_id uuid not null,
  agent_id uuid,
  agent_version_id uuid,
  workspace_id uuid not null,
  model_id uuid,
  title text,
  locale text,
  system_prompt text,
  capabilities json not null default '[]',
  tools json not null default '[]',
  initial_files json not null default '[]',
  mcp_servers json not null default '{}',
  network_access json,
  hints json,
  tags text[] not null default '{}',
  max_iterations int,
  parallel_tool_calls boolean,
  agent_identity_id uuid,
  owner_principal_id uuid not null,
  resolved_owner_user_id uuid,
  parent_session_id uuid,
  forked_from_session_id uuid,
  forked_from_sequence int,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, id),
  foreign key (org_id, harness_id) references harnesses (org_id, id),
  foreign key (org_id, agent_id) references agents (org_id, id),
  foreign key (org_id, workspace_id) references workspaces (org_id, id)
);
create index sessions_newest on sessions (org_id, created_at desc);
create index sessions_of_agent on sessions (org_id, agent_id, created_at desc);

-- What a finished turn adds to its session: apart from the session's row, so that the update stays small.
create table session_totals (
  session_id uuid primary key,
  org_id uuid not null,
  turns int not null default 0,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  cache_read_tokens bigint not null default 0,
  cache_creation_tokens bigint not null default 0,
  estimated_cost_usd double precision not null default 0,
  actual_cost_usd double precision not null default 0,
  duration_ms bigint not null default 0,
  preview text,
  output_preview text,
  started_at timestamptz,
  last_active_at timestamptz
) with (fillfactor = 50);

create table session_pins (
  org_id uuid not null,
  session_id uuid not null,
  user_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (org_id, user_id, session_id),
  foreign key (org_id, session_id) references sessions (org_id, id) on delete cascade
);

create table session_values (
  org_id uuid not null,
  session_id uuid not null,
  key text not null,
  value text not null,
  revision bigint not null default nextval('file_revisions'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, session_id, key),
  foreign key (org_id, session_id) references sessions (org_id, id) on delete cascade
);

create table session_secrets (
  org_id uuid not null,
  session_id uuid not null,
  name text not null,
  value json not null,                     -- sealed
  revision bigint not null default nextval('file_revisions'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (org_id, session_id, name),
  foreign key (org_id, session_id) references sessions (org_id, id) on delete cascade
);

-- ── the second wall ─────────────────────────────────────────────────────────

do $$
declare t text;
begin
  -- Policies name these roles: where we cannot take them, nobody could see a row.
  if not exists (select from pg_roles where rolname = 'everruns_app' and pg_has_role(current_user, oid, 'member')) then return; end if;
  grant select, insert, update, delete on all tables in schema public to everruns_app, everruns_engine;
  grant usage on all sequences in schema public to everruns_app, everruns_engine;
  foreach t in array array['session_heads', 'workflows', 'tasks', 'events', 'contents', 'accepts', 'providers', 'models',
    'harnesses', 'agents', 'agent_versions', 'workspaces', 'files', 'sessions', 'session_totals', 'session_pins',
    'session_values', 'session_secrets', 'schedules', 'schedule_executions', 'circuit_breakers'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy one_org on %I to everruns_app
      using (org_id = nullif(current_setting('app.org_id', true), '')::uuid)
      with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid)$p$, t);
    execute format('create policy engine on %I to everruns_engine using (true) with check (true)', t);
  end loop;
end $$;
-- An event is never changed.
revoke update on events from everruns_app, everruns_engine;
do $$ begin
  if not exists (select from pg_roles where rolname = 'everruns_app' and pg_has_role(current_user, oid, 'member')) then return; end if;
  revoke execute on function compact_deltas, forget_events from public;
  grant execute on function compact_deltas, forget_events to everruns_engine;
end $$;
-- Only the engine counts.
revoke insert, update, delete on engine_counts from everruns_app;
