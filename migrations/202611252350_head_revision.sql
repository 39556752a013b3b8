-- Counts the transactions that changed a head or anything under it: whoever kept its rows in memory sees by it whether they still hold.
alter table session_heads add column revision int not null default 0;
