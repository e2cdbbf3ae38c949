-- Ends a first load: computes the state of the job orders that it made (R50), and writes what its run answers for each
-- record of opening stock (R61).
-- Precondition: erp_internal.open_company has made the company in this transaction, and all its rows have come.
create or replace function erp_internal.close_load(p_company_id integer, p_run_id bigint)
returns void
language plpgsql
volatile
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
begin
    perform erp_internal.set_write_mode('run');
    perform erp_internal.refresh_job_orders(
        p_company_id, array(select j.job_order_id from erp.job_order as j where j.company_id = p_company_id)
    );
    perform erp_internal.set_write_mode('');
    perform erp_internal.write_row_answers(
        p_company_id,
        p_run_id,
        array(
            select a::erp_internal.row_answer
            from (
                select
                    (pg_catalog.row_number() over (order by r.stock_record_id))::integer as ordinal,
                    'opening_stock' as kind,
                    (pg_catalog.row_number() over (order by r.stock_record_id))::integer as place,
                    pg_catalog.jsonb_build_object(
                        'warehouse_code', w.warehouse_code, 'record_date', r.record_date, 'reason_code', n.reason_code
                    ) as key,
                    'posted' as outcome,
                    1 as record_count,
                    m.movement_count,
                    '[]'::jsonb as reasons
                from erp.stock_record as r
                cross join lateral erp_internal.warehouse_by_id(p_company_id, r.warehouse_id) as w
                cross join lateral erp_internal.movement_reason_by_id(p_company_id, r.movement_reason_id) as n
                cross join lateral (
                    select pg_catalog.count(*)::integer as movement_count
                    from erp_internal.movements_of_record(p_company_id, r.record_date, r.stock_record_id) as m
                ) as m
                where r.company_id = p_company_id and r.run_id = p_run_id
            ) as a
        )
    );
    perform erp_internal.end_run(p_company_id, p_run_id, p_is_news => true);
end;
$$;
