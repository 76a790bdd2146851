-- One dialect for H2 (MODE=PostgreSQL) and PostgreSQL.

create table analysis (
    id              uuid primary key,
    ordinal         bigint generated always as identity unique, -- order of acceptance; cursors are made of it
    status          varchar(16)   not null, -- QUEUED RUNNING COMPLETED PARTIAL FAILED CANCELLED
    attempt         integer       not null default 0, -- the fencing number: raised at each claim
    mode            varchar(16)   not null,
    domain          varchar(16)   not null,
    repository      varchar(2048) not null,
    request         text          not null, -- the request as accepted, defaults filled in, as JSON
    root_model      varchar(255),
    sub_model       varchar(255),
    commit_id       varchar(64),
    cancel_asked    boolean       not null default false,
    idempotency_key varchar(255) unique,
    request_hash    varchar(64)   not null,
    error_code      varchar(64),
    error_detail    text,
    error_retryable boolean,
    created_at      timestamp with time zone not null,
    started_at      timestamp with time zone,
    finished_at     timestamp with time zone
);

create index analysis_by_status on analysis (status, ordinal);

-- Append-only. The typed columns repeat what sums need, so that no sum has to read a body.
create table journal (
    analysis_id        uuid        not null references analysis (id) on delete cascade,
    sequence           bigint      not null, -- from 1, no gaps
    attempt            integer     not null,
    at                 timestamp with time zone not null,
    name               varchar(32) not null, -- the event's name
    turn               integer,
    role               varchar(16),
    model              varchar(255),
    calls              integer,
    cache_hits         integer,
    input_tokens       bigint,
    output_tokens      bigint,
    cache_read_tokens  bigint,
    cache_write_tokens bigint,
    cost_usd           numeric(24, 12),
    reason             varchar(16), -- attempt-failed: what kind of failure
    delay_millis       bigint, -- attempt-failed: the wait before the next attempt; null = given up
    body               text        not null, -- the event as JSON
    primary key (analysis_id, sequence)
);

create index journal_by_name on journal (name, at);
