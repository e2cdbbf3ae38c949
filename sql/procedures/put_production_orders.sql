-- Puts production orders: each document creates or changes an order with its phases, materials and lots, or deletes it,
-- or is refused with all its reasons (R70-R74).
-- Locks: see erp_internal.execute_order_put. Errors: 22023, 40001, PR001, PR004.
create or replace function erp_api.put_production_orders(
    p_company_id integer,
    p_orders jsonb,
    p_all_or_none boolean default false,
    p_request_key uuid default null,
    p_note text default null
)
returns table (
    ordinal integer,
    order_id bigint,
    order_year integer,
    order_number integer,
    order_lot integer,
    outcome text,
    run_id bigint,
    reasons jsonb
)
language plpgsql
volatile
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
    v_run record;
begin
    perform erp_internal.assert_member(p_company_id);
    v_sent := erp_internal.parse_production_orders(p_orders);
    v_read := erp_internal.read_order_documents(
        p_company_id, v_sent.orders, v_sent.phases, v_sent.materials, v_sent.lots, v_sent.faults
    );
    v_run := erp_internal.begin_run(
        p_company_id,
        'orders',
        jsonb_build_object(
            'sha256', encode(sha256(convert_to(p_orders::text, 'UTF8')), 'hex'),
            'orders', cardinality(v_sent.orders),
            'phases', cardinality(v_sent.phases),
            'materials', cardinality(v_sent.materials),
            'material_lots', cardinality(v_sent.lots),
            'all_or_none', p_all_or_none
        ),
        p_request_key,
        p_note
    );
    if not v_run.repeated then
        perform erp_internal.execute_order_put(
            p_company_id, v_run.run_id, v_read.documents, v_read.orders, v_read.phases, v_read.materials, v_read.lots,
            v_read.faults, coalesce(p_all_or_none, false)
        );
        perform erp_internal.end_run(p_company_id, v_run.run_id);
    end if;
    -- a longer answer waits for the client on disk
    perform set_config('work_mem', '24MB', true);
    return query
    select
        a.ordinal, a.order_id, a.order_year, a.order_number, a.order_lot, a.outcome, a.run_id, a.reasons
    from erp_internal.order_put_rows(p_company_id, v_run.run_id, v_read.documents) as a;
end;
$$;

comment on function erp_api.put_production_orders is
'Puts production orders with their phases, materials and lots (R70-R74): each document creates, changes or deletes one
order, or is refused with all its reasons. What erp_data shows of an order is what can be put.
p_orders: a JSON array of up to 200,000 objects, keyed by order_year, order_number and order_lot (default 0), with the
columns of production_order.csv and the lists "phases" (columns of production_order_phase.csv, keyed by phase and
sub_phase), "materials" (production_order_material.csv, keyed by line) and, in a material, "material_lots"
(material_lot.csv, keyed by lot_code); up to 2,000,000 rows of lists. An absent key leaves a column as it is, null is
its default. Of a list that is there, rows that are sent are changed or made and all others go; an absent list stays.
"delete": true deletes the order, if there is one. order_id, produced_quantity, release_run_id and changed_at are
compared and never written.
A launched order changes as a whole; of an executive or closed one only order_type, start_date, end_date, firm and
priority, and of its phases description, department, work_center and machine; a launched or closed one becomes archived
by status. p_all_or_none: one refusal refuses all. p_request_key: repeats of the same call answer the same and change
nothing (R60). p_note: kept with the run.
Returns a row per document, in the order of the array: outcome created, changed, unchanged, deleted or refused; reasons
is a JSON array, with column, a path such as materials.unit_quantity, and line, the place in its list. Errors: 22023
bad call, 40001 send again, PR001 request key used with other arguments, PR004 unknown company or no membership.';
