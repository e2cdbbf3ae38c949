-- Makes the orders of a first load, with their phases, materials and lots, as erp_api.put_production_orders does
-- (R70-R74), but of whatever status: what another program has released is executive here, without a release to restore
-- (R39). They are of who loads, as the run says. Returns what came of each document.
-- Orders and the rows of their lists come as erp_internal.parse_production_orders takes documents apart.
-- Precondition: erp_internal.open_company has made the company in this transaction. Errors: 22023.
create or replace function erp_internal.load_orders(
    p_company_id integer,
    p_run_id bigint,
    p_orders erp_internal.sent_row[],
    p_phases erp_internal.sent_row[],
    p_materials erp_internal.sent_row[],
    p_lots erp_internal.sent_row[]
)
returns setof erp_internal.call_answer
language plpgsql
volatile
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_nestloop = off
set work_mem = '64MB'
set jit = off
as $$
declare
    v_caller_role constant text := (
        select r.caller_role from erp.run as r
        where r.company_id = p_company_id and r.run_id = p_run_id
    );
    v_read record;
    v_merged record;
    v_faults erp_internal.cell_fault [];
    v_answers erp_internal.call_answer [];
    v_orders erp_internal.put_order [];
begin
    v_read := erp_internal.read_order_documents(
        p_company_id, p_orders, p_phases, p_materials, p_lots, '{}'
    );
    v_merged := erp_internal.merge_order_documents(
        p_company_id, v_read.orders, v_read.phases, v_read.materials, v_read.lots
    );
    v_faults := v_merged.faults;
    v_faults := v_read.faults || array(select f from unnest(v_faults) as f where f.code <> 'status_by_run');
    v_answers := array(
        select a
        from erp_internal.order_put_answers(
            p_company_id, v_read.documents, v_merged.orders, v_merged.phases, v_merged.materials, v_merged.lots,
            v_faults
        ) as a
    );
    v_orders := v_merged.orders;
    v_orders := array(
        select o
        from unnest(v_orders) as o
        inner join unnest(v_answers) as a on a.ordinal = o.ordinal
        where a.outcome = 'created'
    );
    perform erp_internal.set_write_mode('run');
    perform erp_internal.write_order_documents(
        p_company_id, v_orders, v_merged.phases, v_merged.materials, v_merged.lots, v_caller_role
    );
    perform erp_internal.set_write_mode('');
    perform erp_internal.analyze_orders();
    return query select a.* from unnest(v_answers) as a;
end;
$$;
