-- Removes runs with all that tells of them (R80), and keeps up to where the feed has lost some. Whatever else names one
-- of them is an error of its foreign key.
-- p_run_ids: what plan_archive found. Precondition: the numbering of the feed is locked, so nobody else removes runs.
create or replace function erp_internal.remove_runs(p_company_id integer, p_run_ids bigint[])
returns void
language plpgsql
volatile
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
    using unnest(p_run_ids) as w (run_id)
    inner join erp.removed_stock_record as r on r.company_id = p_company_id and r.run_id = w.run_id
    where
        m.company_id = p_company_id and m.record_date = r.record_date and m.stock_record_id = r.stock_record_id;
    delete from erp.removed_stock_record as r
    using unnest(p_run_ids) as w (run_id)
    where r.company_id = p_company_id and r.run_id = w.run_id;
    delete from erp.run_order as a
    using unnest(p_run_ids) as w (run_id)
    where a.company_id = p_company_id and a.run_id = w.run_id;
    delete from erp.run_row as a
    using unnest(p_run_ids) as w (run_id)
    where a.company_id = p_company_id and a.run_id = w.run_id;
    delete from erp.run_place as p
    using unnest(p_run_ids) as w (run_id)
    where p.company_id = p_company_id and p.run_id = w.run_id;
    delete from erp.run as r
    using unnest(p_run_ids) as w (run_id)
    where r.company_id = p_company_id and r.run_id = w.run_id;
    perform erp_internal.set_write_mode(v_previous_mode);
end;
$$;
