-- Whose the spending of deleted analyses was.
alter table deleted_call add column owner varchar(64) not null default '';
