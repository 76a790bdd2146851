alter table orders add column due_date text;
