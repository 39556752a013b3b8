-- Suspects that wait for a worker (docs/decisions/0017-poisoned-steps.md) are looked for by themselves, apart from the queue.
create index tasks_suspects on tasks (visible_at) where status = 'pending' and lost_by is not null;
