-- Where an analysis came from, and by which request it was last tried again. The parent may be deleted before its
-- children: what they need of it stands in their own journals.

alter table analysis add column parent_id uuid;
alter table analysis add column parent_relation varchar(16); -- FORK QUESTION REFRESH
alter table analysis add column parent_turn integer; -- of a fork
alter table analysis add column retry_key varchar(255);

create unique index analysis_by_retry_key on analysis (owner, retry_key);
