-- What a folder is sent by. file_kind: the kinds that are sent, in the order in which they are sent; `whole`: rows of
-- the kind may name each other, so they go in one call; `head`: the kind of the documents that the rows belong to,
-- orders or stock documents. file_row: the rows of the files, with their keys as texts, those of a list without a key
-- with that of their document. row_fault: what is wrong with them. document_head: the documents, each with the row
-- that tells of it, and orders with their call and a number; list_row: the rows of their lists, and where they stand in
-- them. data_row, order_document, stock_document and opening_row: what is sent, by call and place in it; deletions have
-- no line. data_call: the data of a call, as the functions take them. absent_row: what the company has and a file has
-- not. answer: what came of what was sent.
create temporary table file_kind (
    kind text collate "C" primary key,
    turn integer not null,
    whole boolean not null,
    head text collate "C",
    key_columns text[] not null
) on commit drop;

create temporary table file_row (
    kind text collate "C" not null,
    file_line integer not null,
    keyed boolean not null,
    key text[] collate "C" not null,
    cells jsonb not null
) on commit drop;

create temporary table row_fault (
    kind text collate "C" not null,
    file_line integer,
    column_name text,
    code text not null,
    reason text not null
) on commit drop;

create temporary table data_row (
    call integer not null,
    kind text collate "C" not null,
    place integer not null,
    file_line integer,
    key text[] collate "C" not null,
    cells jsonb not null
) on commit drop;

create temporary view data_call as
select
    k.call,
    jsonb_object_agg(k.kind, k.list) as kinds
from (
    select
        r.call,
        r.kind,
        jsonb_agg(r.cells order by r.place) as list
    from data_row as r
    group by r.call, r.kind
) as k
group by k.call;

create temporary table document_head (
    head text collate "C" not null,
    key text[] collate "C" not null,
    kind text collate "C" not null,
    file_line integer not null,
    cells jsonb not null,
    call integer,
    number integer
) on commit drop;

create temporary table order_document (
    call integer not null,
    place integer not null,
    kind text collate "C" not null,
    file_line integer,
    key text[] collate "C" not null,
    cells jsonb not null,
    weight integer not null
) on commit drop;

create temporary table list_row (
    call integer,
    list text collate "C" not null,
    kind text collate "C" not null,
    key text[] collate "C" not null,
    parent integer,
    place integer not null,
    file_line integer,
    cells jsonb not null
) on commit drop;

create temporary table stock_document (
    call integer not null,
    place integer not null,
    file_line integer not null,
    key text[] collate "C" not null,
    cells jsonb not null,
    weight integer not null
) on commit drop;

create temporary table opening_row (
    call integer not null,
    place integer not null,
    file_line integer not null,
    cells jsonb not null
) on commit drop;

create temporary table absent_row (
    kind text collate "C" not null,
    key text[] collate "C" not null,
    cells jsonb not null
) on commit drop;

create temporary table answer (
    kind text collate "C" not null,
    file_line integer,
    key text[] collate "C" not null,
    outcome text not null,
    run_id bigint,
    reasons jsonb not null
) on commit drop
