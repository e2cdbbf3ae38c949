-- Returns the reasons for which a call refuses orders or declarations, or says why they are cut down: their own, a
-- closed period, those of their material rows, and shortages (R8). Mostly there are none, so that is looked up first.
create or replace function erp_internal.plan_refusals(
    p_orders erp_internal.requested_order[],
    p_demand erp_internal.material_demand[],
    p_allocations erp_internal.allocation[],
    p_refused_ordinals integer[],
    p_period_start date,
    p_period_end date
)
returns erp_internal.refusal[]
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    if
        p_refused_ordinals = '{}'
        and not exists (select from unnest(p_orders) as o where o.refusal is not null)
        and not exists (select from unnest(p_allocations) as a where a.refusal is not null)
    then
        return array[]::erp_internal.refusal [];
    end if;

    return array(
        with refused as (
            select
                o.ordinal, null::integer as line, o.refusal as code, null::bigint as item_id,
                null::bigint as item_variant_id, null::bigint as warehouse_id, null::bigint as location_id,
                null::bigint as lot_id, null::numeric as required, null::numeric as available, null::date as record_date
            from unnest(p_orders) as o
            where o.refusal is not null
            union all
            select o.ordinal, null, 'period_closed', null, null, null, null, null, null, null, o.record_date
            from unnest(p_orders) as o
            where not o.record_date between p_period_start and p_period_end and o.refusal is null
            union all
            select distinct
                d.ordinal, d.line, r.code, d.item_id, d.item_variant_id, r.warehouse_id, null::bigint, null::bigint,
                null::numeric, null::numeric, null::date
            from unnest(p_demand) as d
            cross join lateral unnest(d.refusals) as r
            where d.refusals is not null
            union all
            select
                a.ordinal, coalesce(a.line, 2147483647), a.refusal, d.item_id, d.item_variant_id,
                case
                    when d.load and a.refusal <> 'lot_required' then d.counterpart_warehouse_id
                    else d.warehouse_id
                end,
                case
                    when a.refusal = 'lot_required' then null
                    when a.lot_id is not null and d.committed_location_id > 0 then d.committed_location_id
                    when d.by_lot then case when d.own_location_id > 0 and not d.load then d.own_location_id end
                    when d.take_by_location then case when d.load then d.counterpart_location_id else d.location_id end
                end,
                a.lot_id, a.required, a.available, null
            from unnest(p_allocations) as a
            left join unnest(p_demand) as d on d.ordinal = a.ordinal and d.line = a.line
            where a.refusal is not null
        )

        select
            erp_internal.refusal(
                p_ordinal => r.ordinal,
                p_code => r.code,
                p_order_label => coalesce(
                    erp_internal.order_label(o.order_year, o.order_number, o.order_lot),
                    coalesce(o.production_declaration_id, o.production_order_id)::text
                ),
                p_line => r.line,
                p_item_id => r.item_id,
                p_item_variant_id => r.item_variant_id,
                p_warehouse_id => r.warehouse_id,
                p_location_id => r.location_id,
                p_lot_id => r.lot_id,
                p_required => r.required,
                p_available => r.available,
                p_record_date => r.record_date,
                p_detail => case when r.lot_id < 0 then o.lot_code end
            )
        from refused as r
        inner join unnest(p_orders) as o on o.ordinal = r.ordinal
    );
end;
$$;
