-- Returns the reasons for which a call refuses orders or declarations whatever the stock: their own, a closed period, a
-- part of an order that may not be split (R24, R77), and those of their material rows (R8). Mostly there are none, so
-- that is looked up first.
create or replace function erp_internal.plan_refusals(
    p_orders erp_internal.requested_order[],
    p_demand erp_internal.material_demand[],
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
        not exists (
            select
            from unnest(p_orders) as o
            where
                o.refusal is not null or not o.record_date between p_period_start and p_period_end
                or (o.quantity < o.whole_quantity and not o.splittable)
        )
        and not exists (select from unnest(p_demand) as d where d.refusals is not null)
    then
        return array[]::erp_internal.refusal [];
    end if;

    return array(
        with refused as (
            select
                o.ordinal, null::integer as line, coalesce(o.refusal, 'period_closed') as code,
                null::bigint as item_id, null::bigint as item_variant_id, null::bigint as warehouse_id,
                case when o.refusal is null then o.record_date end as record_date
            from unnest(p_orders) as o
            where o.refusal is not null or not o.record_date between p_period_start and p_period_end
            union all
            select o.ordinal, null, 'split_not_possible', null, null, null, null
            from unnest(p_orders) as o
            where o.refusal is null and o.quantity < o.whole_quantity and not o.splittable
            union all
            select distinct d.ordinal, d.line, r.code, d.item_id, d.item_variant_id, r.warehouse_id, null::date
            from unnest(p_demand) as d
            cross join lateral unnest(d.refusals) as r
            where d.refusals is not null
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
                p_required => case when q.asked and pg_catalog.abs(o.quantity) < 'infinity' then o.quantity end,
                p_available => case when q.asked then o.whole_quantity end,
                p_record_date => r.record_date,
                p_detail => case when q.asked then o.quantity::text end
            )
        from refused as r
        inner join unnest(p_orders) as o on o.ordinal = r.ordinal
        cross join lateral (select r.code = 'quantity_not_possible' as asked) as q
    );
end;
$$;
