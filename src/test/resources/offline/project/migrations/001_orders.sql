create table orders (id integer primary key, state text not null);
