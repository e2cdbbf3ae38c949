-- The runs: who, when, with which arguments, and how many orders, sent rows and documents had which outcome (R61).
create or replace view erp_api.run_history as
select
    r.company_id,
    r.run_id,
    r.kind,
    r.started_at,
    r.session_role,
    r.caller_role,
    r.application_name,
    r.request_key,
    r.arguments,
    r.note,
    c.order_count + r.unknown_count as order_count,
    c.released_count,
    c.split_count,
    c.restored_count,
    c.declared_count,
    c.registered_count,
    c.rolled_back_count,
    c.deleted_count,
    c.refused_count + r.unknown_count as refused_count,
    r.unknown_count,
    r.actor,
    c.row_count,
    c.created_count,
    c.changed_count,
    c.posted_count,
    c.removed_count,
    c.closed_count,
    c.reopened_count,
    c.archived_count,
    c.unchanged_count,
    c.merged_count,
    f.place
from erp.run as r
left join erp.run_place as f on f.company_id = r.company_id and f.run_id = r.run_id
cross join
    lateral (
        select
            pg_catalog.count(*) filter (where not o.is_row)::integer as order_count,
            pg_catalog.count(*) filter (where o.is_row)::integer as row_count,
            pg_catalog.count(*) filter (where o.outcome = 'released')::integer as released_count,
            pg_catalog.count(*) filter (where o.outcome = 'split')::integer as split_count,
            pg_catalog.count(*) filter (where o.outcome = 'restored')::integer as restored_count,
            pg_catalog.count(*) filter (where o.outcome = 'declared')::integer as declared_count,
            pg_catalog.count(*) filter (where o.outcome = 'registered')::integer as registered_count,
            pg_catalog.count(*) filter (where o.outcome = 'rolled_back')::integer as rolled_back_count,
            pg_catalog.count(*) filter (where o.outcome = 'deleted')::integer as deleted_count,
            pg_catalog.count(*) filter (where o.outcome = 'refused')::integer as refused_count,
            pg_catalog.count(*) filter (where o.outcome = 'created')::integer as created_count,
            pg_catalog.count(*) filter (where o.outcome = 'changed')::integer as changed_count,
            pg_catalog.count(*) filter (where o.outcome = 'posted')::integer as posted_count,
            pg_catalog.count(*) filter (where o.outcome = 'removed')::integer as removed_count,
            pg_catalog.count(*) filter (where o.outcome = 'closed')::integer as closed_count,
            pg_catalog.count(*) filter (where o.outcome = 'reopened')::integer as reopened_count,
            pg_catalog.count(*) filter (where o.outcome = 'archived')::integer as archived_count,
            pg_catalog.count(*) filter (where o.outcome = 'unchanged')::integer as unchanged_count,
            pg_catalog.count(*) filter (where o.outcome = 'merged')::integer as merged_count
        from (
            select
                false as is_row,
                o.outcome
            from erp.run_order as o
            where o.company_id = r.company_id and o.run_id = r.run_id
            union all
            select
                true as is_row,
                w.outcome
            from erp.run_row as w
            where w.company_id = r.company_id and w.run_id = r.run_id
        ) as o
    ) as c;

comment on view erp_api.run_history is 'Every run of the caller''s companies: who called what, when, with which arguments and outcomes (R61).';
comment on column erp_api.run_history.company_id is 'The company.';
comment on column erp_api.run_history.run_id is 'The run.';
comment on column erp_api.run_history.kind is 'release, restore, declaration, registration, rollback, deletion, data (rows put), orders (orders put), posting (stock posted), stock_removal (documents taken back), load (a first load), close (orders closed short), reopen, archive, merge (of remainders) or hand (what a transaction changed by hand).';
comment on column erp_api.run_history.started_at is 'When it ran.';
comment on column erp_api.run_history.session_role is 'The role that logged in.';
comment on column erp_api.run_history.caller_role is 'The role that acted.';
comment on column erp_api.run_history.application_name is 'application_name of the connection.';
comment on column erp_api.run_history.request_key is 'The caller''s key, if any (R60).';
comment on column erp_api.run_history.arguments is 'The arguments as passed.';
comment on column erp_api.run_history.note is 'The caller''s note.';
comment on column erp_api.run_history.order_count is 'Orders (or declarations) requested.';
comment on column erp_api.run_history.released_count is 'How many were released.';
comment on column erp_api.run_history.split_count is 'How many were split.';
comment on column erp_api.run_history.restored_count is 'How many were restored.';
comment on column erp_api.run_history.declared_count is 'How many were declared.';
comment on column erp_api.run_history.registered_count is 'How many were registered.';
comment on column erp_api.run_history.rolled_back_count is 'How many were rolled back.';
comment on column erp_api.run_history.deleted_count is 'How many were deleted.';
comment on column erp_api.run_history.refused_count is 'How many were refused, unknown ids included.';
comment on column erp_api.run_history.unknown_count is 'How many ids were unknown: they are in the arguments, not in run_order_history.';
comment on column erp_api.run_history.actor is 'Whom the application named as its user (erp.actor), as claimed.';
comment on column erp_api.run_history.row_count is 'How many rows and documents that were sent have an answer in run_row_history: all but the unchanged.';
comment on column erp_api.run_history.created_count is 'How many were made.';
comment on column erp_api.run_history.changed_count is 'How many were changed.';
comment on column erp_api.run_history.posted_count is 'How many documents were posted.';
comment on column erp_api.run_history.removed_count is 'How many documents were taken back.';
comment on column erp_api.run_history.closed_count is 'How many were closed short (R55).';
comment on column erp_api.run_history.reopened_count is 'How many were reopened (R56).';
comment on column erp_api.run_history.archived_count is 'How many were archived (R56).';
comment on column erp_api.run_history.unchanged_count is 'How many orders already were what the call makes of them (R55, R56). Sent rows that are unchanged are not counted: see row_count.';
comment on column erp_api.run_history.merged_count is 'How many remainders were put back into the order that they were split from (R57); those that a restore merges back are not among them.';
comment on column erp_api.run_history.place is 'Its place in the feed (next_runs); null until a reader of the feed has met it, and of what neither changed nor refused anything.';
