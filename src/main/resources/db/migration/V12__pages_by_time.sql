-- A page of an owner's analyses, newest first.
create index analysis_by_owner_and_time on analysis (owner, created_at desc, id desc);
