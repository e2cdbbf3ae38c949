-- Removes runs with all that tells of them (R80), and keeps up to where the feed has lost some. Whatever else names one
-- of them is an error of its foreign key.
-- Runs on plans that may be older than all history, so each row is found by its key; a page that plan_archive has just
-- read costs nothing, so a row is fetched by its ctid, and not by reading all of its day.
-- p_run_ids: what plan_archive found. Precondition: the numbering of the feed is locked, so nobody else removes runs.
create or replace function erp_internal.remove_runs(p_company_id integer, p_run_ids bigint[])
returns void
language plpgsql
volatile
set random_page_cost = 0
as $$
declare
    v_previous_mode constant text := erp_internal.set_write_mode('run');
begin
    update erp.run_place_counter as c
    set archived_place = greatest(c.archived_place, f.place)
    from (
        select pg_catalog.max(p.place) as place
        from unnest(p_run_ids) as w (run_id)
        inner join erp.run_place as p on p.company_id = p_company_id and p.run_id = w.run_id
    ) as f
    where c.company_id = p_company_id and f.place is not null;

    delete from erp.removed_stock_movement as m
    using
        unnest(p_run_ids) as w (run_id)
    cross join lateral erp_internal.removed_records_of_run(p_company_id, w.run_id) as r
    cross join lateral (
        select
            f.record_date,
            f.ctid as row_ctid
        from erp.removed_stock_movement as f
        where
            f.company_id = p_company_id and f.record_date = r.record_date and f.stock_record_id = r.stock_record_id
        order by f.line
        offset 0
    ) as f
    where m.record_date = f.record_date and m.ctid = f.row_ctid;
    delete from erp.removed_stock_record as r
    using
        unnest(p_run_ids) as w (run_id)
    cross join lateral erp_internal.removed_records_of_run(p_company_id, w.run_id) as f
    where r.record_date = f.record_date and r.ctid = f.row_ctid;
    delete from erp.run_order as a
    using
        unnest(p_run_ids) as w (run_id)
    cross join lateral (
        select f.ctid as row_ctid
        from erp.run_order as f
        where f.company_id = p_company_id and f.run_id = w.run_id
        offset 0
    ) as f
    where a.ctid = f.row_ctid;
    delete from erp.run_row as a
    using
        unnest(p_run_ids) as w (run_id)
    cross join lateral (
        select f.ctid as row_ctid
        from erp.run_row as f
        where f.company_id = p_company_id and f.run_id = w.run_id
        offset 0
    ) as f
    where a.ctid = f.row_ctid;
    delete from erp.run_place as p
    using
        unnest(p_run_ids) as w (run_id)
    cross join lateral (
        select f.ctid as row_ctid
        from erp.run_place as f
        where f.company_id = p_company_id and f.run_id = w.run_id
        offset 0
    ) as f
    where p.ctid = f.row_ctid;
    delete from erp.run as r
    using
        unnest(p_run_ids) as w (run_id)
    cross join lateral (
        select f.ctid as row_ctid
        from erp.run as f
        where f.company_id = p_company_id and f.run_id = w.run_id
        offset 0
    ) as f
    where r.ctid = f.row_ctid;
    perform erp_internal.set_write_mode(v_previous_mode);
end;
$$;
