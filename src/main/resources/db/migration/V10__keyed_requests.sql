-- Requests that their callers gave an Idempotency-Key, and the analysis that each came to or was about. The same one
-- again comes to the same; another one with the same key is refused.

create table keyed_request (
    owner           varchar(64)  not null,
    idempotency_key varchar(255) not null,
    asked           varchar(64)  not null, -- the SHA-256 of what was asked for, or: retry, and the analysis
    analysis_id     uuid         not null references analysis (id) on delete cascade,
    primary key (owner, idempotency_key)
);

create index keyed_request_by_analysis on keyed_request (analysis_id);

insert into keyed_request (owner, idempotency_key, asked, analysis_id)
select owner, idempotency_key, request_hash, id from analysis where idempotency_key is not null;

insert into keyed_request (owner, idempotency_key, asked, analysis_id)
select owner, retry_key, 'retry ' || cast(id as varchar(36)), id from analysis
where retry_key is not null and not exists (
    select 1 from keyed_request
    where keyed_request.owner = analysis.owner and keyed_request.idempotency_key = analysis.retry_key);

alter table analysis drop constraint analysis_by_key;
alter table analysis drop column idempotency_key;
drop index analysis_by_retry_key;
alter table analysis drop column retry_key;
alter table analysis drop column request_hash;
