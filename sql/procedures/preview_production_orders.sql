-- Tells what erp_api.put_production_orders would answer, and changes nothing.
-- Locks: none. Errors: 22023, PR004.
create or replace function erp_api.preview_production_orders(p_company_id integer, p_orders jsonb)
returns table (
    ordinal integer,
    order_id bigint,
    order_year integer,
    order_number integer,
    order_lot integer,
    outcome text,
    reasons jsonb
)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set work_mem = '64MB'
set jit = off
as $$
#variable_conflict use_column
declare
    v_sent record;
    v_read record;
    v_merged record;
    v_answers erp_internal.call_answer [];
begin
    perform erp_internal.assert_member(p_company_id);
    v_sent := erp_internal.parse_production_orders(p_orders);
    v_read := erp_internal.read_order_documents(
        p_company_id, v_sent.orders, v_sent.phases, v_sent.materials, v_sent.lots, v_sent.faults
    );
    v_merged := erp_internal.merge_order_documents(
        p_company_id, v_read.orders, v_read.phases, v_read.materials, v_read.lots
    );
    v_answers := array(
        select a
        from erp_internal.order_put_answers(
            p_company_id, v_read.documents, v_merged.orders, v_merged.phases, v_merged.materials, v_merged.lots,
            v_read.faults || v_merged.faults
        ) as a
    );
    return query
    select
        d.ordinal, a.production_order_id as order_id, d.order_year, d.order_number, d.order_lot, a.outcome, a.reasons
    from unnest(v_read.documents) as d
    inner join unnest(v_answers) as a on a.ordinal = d.ordinal
    order by d.ordinal;
end;
$$;

comment on function erp_api.preview_production_orders is
'Tells what erp_api.put_production_orders would answer for these documents at this moment, one by one (R70-R73): it
changes nothing, opens no run, and works in a read-only transaction.
p_orders: as there.
Returns a row per document, in the order of the array: outcome created, changed, unchanged, deleted or refused; reasons
is a JSON array. order_id is null where there is no such order. Errors: 22023 bad call, PR004 unknown company or no
membership.';
