-- Replies that were bought from sub models, kept for a while for whoever asks the same. Nothing depends on a row: any
-- may be deleted at any time.

create table reply_cache (
    hash        varchar(64) primary key, -- SHA-256 over owner, model, system prompt and prompt
    analysis_id uuid        not null references analysis (id) on delete cascade, -- bought it, and takes it along
    reply       text        not null,
    bytes       integer     not null, -- what it counts against the size of the cache
    stored_at   timestamp with time zone not null
);

create index reply_cache_by_age on reply_cache (stored_at, bytes); -- sizes are added up without reading the rows
create index reply_cache_by_analysis on reply_cache (analysis_id);
