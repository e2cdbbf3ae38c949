-- Tells how much of each launched order the stock of today of the company covers, each order taken alone (R41), by the
-- plan that release executes.
-- Locks: none; runs in a read-only transaction. Errors: 22023, PR004.
create or replace function erp_api.order_feasibility(p_company_id integer, p_order_ids bigint[])
returns table (
    ordinal integer,
    order_id bigint,
    feasibility text,
    feasible_quantity numeric,
    automatic_material_count integer
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
    v_today date;
    v_order_ids bigint [];
    v_requested record;
    v_orders erp_internal.requested_order [];
    v_demand erp_internal.material_demand [];
    v_cells erp_internal.stock_cell [];
begin
    perform erp_internal.assert_member(p_company_id);
    v_today := erp_internal.company_today(p_company_id);
    v_order_ids := erp_internal.distinct_ids('p_order_ids', p_order_ids);
    v_requested := erp_internal.known_ids(p_company_id, 'order', v_order_ids);
    v_orders := array(select o from erp_internal.read_orders(p_company_id, v_requested.known_ids, v_today, true) as o);
    v_demand := array(select d from erp_internal.resolve_materials(p_company_id, v_orders) as d);
    v_cells := erp_internal.stock_cells(p_company_id, v_demand);

    return query
    with moving as materialized (
        select distinct d.ordinal
        from unnest(v_demand) as d
    ),

    verdict as materialized (
        select
            p.ordinal,
            p.feasible_quantity,
            case
                when p.outcome = 'refused' then 'none'
                when p.outcome = 'split' then 'partly'
                when m.ordinal is null then 'not needed'
                else 'all'
            end as feasibility
        from erp_internal.plan_movements(
            p_company_id, true, 'released', v_orders, v_demand, v_cells, p_separately => true
        ) as p
        left join moving as m on m.ordinal = p.ordinal
        where p.line is null
    )

    select
        v_requested.known_ordinals[o.ordinal] as ordinal,
        o.production_order_id as order_id,
        v.feasibility,
        v.feasible_quantity,
        c.automatic_material_count
    from unnest(v_orders) as o
    left join verdict as v on v.ordinal = o.ordinal and o.refusal is null
    left join lateral (
        select count(*)::integer as automatic_material_count
        from erp.production_order_material as m
        inner join erp.item as i on i.company_id = m.company_id and i.item_id = m.item_id
        inner join erp.item_mrp_parameter as r on r.company_id = m.company_id and r.item_id = m.item_id
        where
            m.company_id = p_company_id and m.production_order_id = o.production_order_id
            and m.movable and not i.phantom and r.picking_type = 'automatic'
    ) as c on o.refusal is null
    union all
    select n.ordinal, n.id, null, null, null
    from unnest(v_requested.unknown) as n
    order by ordinal;
end;
$$;

comment on function erp_api.order_feasibility is
'What stock of today of the company covers of launched orders, each taken alone, as if no other were released (R41): the
outcome of a preview of that order with split. Call it for the orders of a page; it locks and changes nothing and runs
in a read-only transaction. p_order_ids: up to 200,000 ids, duplicates count once.
Returns a row per order, in the order of the call: feasibility all, partly (feasible_quantity is what would be released
of it), none (it would be refused, for whatever reason) or not needed (nothing of it moves); automatic_material_count
counts the movable material rows whose item is picked automatically. An unknown order and one that is not launched have
null in all three. Errors: 22023 bad call, PR004 unknown company or no membership.';
