-- Whose an analysis is, and where it stands in the queue.

alter table analysis add column owner varchar(64) not null default ''; -- '' = everybody's
alter table analysis add column place bigint not null default 0; -- the lowest is next; see JobQueue
update analysis set place = ordinal;
create index analysis_by_place on analysis (place);
create index analysis_by_owner on analysis (owner, place);

-- A key is its owner's own. The old constraint has whatever name its database gave it, and goes with its column.
alter table analysis add column request_key varchar(255);
update analysis set request_key = idempotency_key;
alter table analysis drop column idempotency_key;
alter table analysis rename column request_key to idempotency_key;
alter table analysis add constraint analysis_by_key unique (owner, idempotency_key);

-- The place with its sign turned round: the highest is next.
alter table scheduled_tasks alter column priority set data type integer;

-- One row, locked by whoever adds to the queue.
create table queue (id integer primary key);
insert into queue (id) values (1);
