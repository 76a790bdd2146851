-- Whom to tell of the end of an analysis, and how far that is.

create table callback (
    analysis_id  uuid primary key references analysis (id) on delete cascade,
    url          varchar(1100) not null, -- may hold what only its receiver should know: it stands nowhere else
    status       varchar(16)   not null, -- WAITING PENDING DELIVERED FAILED
    attempts     integer       not null default 0, -- the fencing number: raised before each request
    busy_until   timestamp with time zone, -- a request may be under way; null = none is
    last_error   varchar(500),
    delivered_at timestamp with time zone
);

-- The queue of db-scheduler for them (columns are the library's): apart from that of analyses, so that no message waits
-- for a run to end.
create table callback_task (
    task_name            varchar(100)             not null,
    task_instance        varchar(100)             not null,
    task_data            bytea,
    execution_time       timestamp with time zone not null,
    picked               boolean                  not null,
    picked_by            varchar(255),
    last_success         timestamp with time zone,
    last_failure         timestamp with time zone,
    consecutive_failures integer,
    last_heartbeat       timestamp with time zone,
    version              bigint                   not null,
    priority             smallint,
    primary key (task_name, task_instance)
);

create index callback_task_by_execution_time on callback_task (execution_time);
create index callback_task_by_heartbeat on callback_task (last_heartbeat);
