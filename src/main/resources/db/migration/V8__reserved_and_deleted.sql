-- Money that is set aside: what a question adds, its reply takes away. The sum is that of calls without a reply.
alter table journal add column reserved_usd numeric(24, 12);

-- What sums need of analyses that were deleted: what was spent stays spent.
create table deleted_call (
    at                 timestamp with time zone not null,
    name               varchar(32) not null, -- model-replied or attempt-failed
    role               varchar(16) not null,
    model              varchar(255) not null,
    calls              integer,
    cache_hits         integer,
    input_tokens       bigint,
    output_tokens      bigint,
    cache_read_tokens  bigint,
    cache_write_tokens bigint,
    cost_usd           numeric(24, 12),
    reason             varchar(16),
    delay_millis       bigint
);

create index deleted_call_by_name on deleted_call (name, at);
