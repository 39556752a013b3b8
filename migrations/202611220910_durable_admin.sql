-- What the admin API shows of the engine: dead letters that were put back, totals nobody has to count, how long workers took.

alter table tasks add column requeued_at timestamptz;   -- a dead task that has a successor is no dead letter any more
create index tasks_dead on tasks (completed_at) where status = 'dead' and requeued_at is null;
create index tasks_standalone on tasks (org_id) where status = 'pending' and key = 'standalone';

alter table workers add column busy_ms bigint not null default 0;

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

-- Standalone tasks are no workflows to an admin; on a database that has rows the totals begin with them.
insert into engine_counts
select 0, t.started, t.completed, t.failed, w.started, w.completed, w.failed
from (select count(*) filter (where attempt > 0) as started, count(*) filter (where status = 'completed') as completed,
        count(*) filter (where status in ('failed', 'dead')) as failed from tasks) t,
     (select count(*) as started, count(*) filter (where status = 'completed') as completed,
        count(*) filter (where status in ('failed', 'cancelled')) as failed from workflows where type <> 'standalone') w;

do $$ begin
  if not exists (select from pg_roles where rolname = 'everruns_app' and pg_has_role(current_user, oid, 'member')) then return; end if;
  grant select on engine_counts to everruns_app;
  grant select, insert, update, delete on engine_counts to everruns_engine;
end $$;
