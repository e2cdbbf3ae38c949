-- Who waits for whom in this database, and for what (R62): a row for each waiting session and session that it waits
-- for.
-- A session that waits for a row also holds, or waits for, the lock of the tuple that it found; that names the row. All
-- other waits are for the end of a transaction, mostly that of a call with the same request key.
-- What a session does is shown where PostgreSQL lets the reader see it: to superusers, to members of pg_read_all_stats
-- and of that session's role. Names are shown of the reader's companies only. Other waits are shown only between
-- sessions of the reader's own login, unless the reader may read all statistics or is a monitor.
create or replace view erp_api.lock_wait with (security_barrier) as
with session as materialized (
    select
        a.pid,
        a.usename::text as session_role,
        a.application_name,
        a.state,
        a.xact_start,
        case
            when a.query ~ 'release_production_orders' then 'release'
            when a.query ~ 'restore_production_orders' then 'restore'
            when a.query ~ 'declare_production' then 'declaration'
            when a.query ~ 'register_declarations' then 'registration'
            when a.query ~ 'rollback_declarations' then 'rollback'
            when a.query ~ 'delete_declarations' then 'deletion'
            when a.query ~ 'close_production_orders' then 'close'
            when a.query ~ 'reopen_production_orders' then 'reopen'
            when a.query ~ 'archive_production_orders' then 'archive'
            when a.query ~ 'merge_remainders' then 'merge'
            when a.query ~ 'put_data' then 'data'
            when a.query ~ 'put_production_orders' then 'orders'
            when a.query ~ 'post_stock' then 'posting'
            when a.query ~ 'remove_stock' then 'stock_removal'
            when a.query ~ 'load_(data|orders|stock)|open_company' then 'load'
        end as kind
    from pg_catalog.pg_stat_activity as a
),

-- locks change while they are read, so each is read once
held as materialized (
    select
        l.pid,
        l.locktype,
        l.relation,
        l.page,
        l.tuple,
        l.granted,
        l.waitstart
    from pg_catalog.pg_locks as l
    where not l.granted or l.locktype = 'tuple'
),

waiting as materialized (
    select
        w.pid,
        w.waitstart,
        w.locktype,
        coalesce(t.relation, w.relation) as relation,
        ('(' || t.page || ',' || t.tuple || ')')::tid as row_ctid
    from held as w
    left join held as t on t.pid = w.pid and t.locktype = 'tuple'
    where
        not w.granted
        and w.pid in (
            select a.pid
            from pg_catalog.pg_stat_activity as a
            where a.datname = pg_catalog.current_database()
        )
),

named as (
    select
        w.*,
        p.company_id,
        'configuration of the company' as waits_for
    from waiting as w
    inner join erp.production_parameter as p on p.ctid = w.row_ctid
    where w.relation = 'erp.production_parameter'::regclass
    union all
    select
        w.*,
        o.company_id,
        'order ' || o.order_year || '/' || o.order_number || '/' || o.order_lot as waits_for
    from waiting as w
    inner join erp.production_order as o on o.ctid = w.row_ctid
    where w.relation = 'erp.production_order'::regclass
    union all
    select
        w.*,
        j.company_id,
        'job order ' || j.job_year || '/' || j.job_number as waits_for
    from waiting as w
    inner join erp.job_order as j on j.ctid = w.row_ctid
    where w.relation = 'erp.job_order'::regclass
    union all
    select
        w.*,
        b.company_id,
        'stock of item ' || i.item_code || coalesce(' variant ' || v.variant_code, '')
        || ' in warehouse ' || s.warehouse_code as waits_for
    from waiting as w
    inner join erp.stock_balance as b on b.ctid = w.row_ctid
    inner join erp.item as i on i.company_id = b.company_id and i.item_id = b.item_id
    inner join erp.warehouse as s on s.company_id = b.company_id and s.warehouse_id = b.warehouse_id
    left join erp.item_variant as v on v.company_id = b.company_id and v.item_variant_id = b.item_variant_id
    where w.relation = 'erp.stock_balance'::regclass
    union all
    select
        w.*,
        c.company_id,
        'record numbers of warehouse ' || s.warehouse_code || ' on '
        || pg_catalog.to_char(c.record_date, 'YYYY-MM-DD') as waits_for
    from waiting as w
    inner join erp.stock_record_counter as c on c.ctid = w.row_ctid
    inner join erp.warehouse as s on s.company_id = c.company_id and s.warehouse_id = c.warehouse_id
    where w.relation = 'erp.stock_record_counter'::regclass
    union all
    select
        w.*,
        l.company_id,
        'lot ' || l.lot_code || ' of item ' || i.item_code as waits_for
    from waiting as w
    inner join erp.lot as l on l.ctid = w.row_ctid
    inner join erp.item as i on i.company_id = l.company_id and i.item_id = l.item_id
    where w.relation = 'erp.lot'::regclass
)

select
    w.pid as waiting_pid,
    a.session_role as waiting_role,
    a.application_name as waiting_application,
    a.kind as waiting_kind,
    pg_catalog.date_trunc('milliseconds', pg_catalog.clock_timestamp() - w.waitstart) as waiting_time,
    n.company_id,
    coalesce(
        n.waits_for,
        case
            when w.row_ctid is not null then 'a row of ' || w.relation::regclass::text
            when w.relation::regclass::text = 'erp_internal.deployed_version' then 'the version of the product'
            when w.relation is not null then 'table ' || w.relation::regclass::text
            when w.locktype = 'transactionid' then 'the end of that transaction'
            else 'a lock of kind ' || w.locktype
        end
    ) as waits_for,
    b.pid as blocking_pid,
    h.session_role as blocking_role,
    h.application_name as blocking_application,
    h.kind as blocking_kind,
    h.state as blocking_state,
    pg_catalog.date_trunc('milliseconds', pg_catalog.clock_timestamp() - h.xact_start) as blocking_time
from waiting as w
left join named as n
    on n.pid = w.pid
inner join session as a on a.pid = w.pid
cross join lateral unnest(pg_catalog.pg_blocking_pids(w.pid)) as b (pid)
left join session as h on h.pid = b.pid
where
    n.company_id is not null
    or current_user in (a.session_role, h.session_role)
    or pg_catalog.pg_has_role('pg_read_all_stats', 'usage')
    or pg_catalog.pg_has_role('erp_monitor', 'usage');

comment on view erp_api.lock_wait is 'Who waits for whom at this moment, and for which configuration, order, stock or numbering (R62). What sessions of other roles are doing shows to members of pg_read_all_stats; waits that belong to no company of the caller show, without names, to them and to members of erp_monitor.';
comment on column erp_api.lock_wait.waiting_pid is 'Process id of the session that waits.';
comment on column erp_api.lock_wait.waiting_role is 'The role it logged in as.';
comment on column erp_api.lock_wait.waiting_application is 'Its application_name.';
comment on column erp_api.lock_wait.waiting_kind is 'The kind of run that it calls: release, restore, declaration, registration, rollback, deletion, data, orders, posting, stock_removal, load, close, reopen, archive or merge; null: another statement, or one that the caller may not see.';
comment on column erp_api.lock_wait.waiting_time is 'For how long it has waited.';
comment on column erp_api.lock_wait.company_id is 'The company of the row that it waits for, where that is one of the caller''s.';
comment on column erp_api.lock_wait.waits_for is 'What it waits for, in words.';
comment on column erp_api.lock_wait.blocking_pid is 'Process id of a session that it waits for.';
comment on column erp_api.lock_wait.blocking_role is 'The role that one logged in as.';
comment on column erp_api.lock_wait.blocking_application is 'The application_name of that one.';
comment on column erp_api.lock_wait.blocking_kind is 'The kind of run that it called last; null: another statement, or one that the caller may not see.';
comment on column erp_api.lock_wait.blocking_state is 'Its state: active, or idle in transaction, when it waits for its client to end the transaction.';
comment on column erp_api.lock_wait.blocking_time is 'For how long its transaction has been open.';
