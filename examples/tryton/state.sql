-- What the link keeps in Tryton's database, in a schema of its own: once, by the role that Tryton connects as.
create schema rilascio;

-- The last run of rilascio that was applied here. One row; the adapter moves it in the transaction that applies a run.
create table rilascio.cursor (
    the_only boolean primary key default true check (the_only),
    place bigint not null,
    run_id bigint not null,
    applied_at timestamptz not null default clock_timestamp()
);

-- Productions that run because rilascio released them, until it restores them.
create table rilascio.release (
    production integer primary key references production (id) on delete cascade,
    run_id bigint not null,
    effective_start_date date -- as it was before
);

-- Their inputs as they were before: what a restore brings back, and what the views go on showing.
create table rilascio.release_input (
    production integer not null references rilascio.release (production) on delete cascade,
    product integer not null,
    from_location integer not null,
    lot integer,
    unit integer not null,
    quantity double precision not null,
    internal_quantity double precision not null
);
create index on rilascio.release_input (production);

-- The moves that had been done when the link began: their sum is the opening stock. All later ones are stock documents.
-- A list, since no date and no id parts them: a move with a small id, or of a past day, may be done tomorrow.
create table rilascio.opening_move as
select m.id as move from stock_move as m
where m.state = 'done';
alter table rilascio.opening_move add primary key (move);
