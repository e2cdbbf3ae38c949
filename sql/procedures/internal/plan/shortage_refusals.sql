-- Returns the reasons that the allocation of stock gave: which item, and where it was looked for (R8, R15, R25). Mostly
-- there are none, so that is looked up first.
create or replace function erp_internal.shortage_refusals(
    p_orders erp_internal.requested_order[],
    p_demand erp_internal.material_demand[],
    p_allocations erp_internal.allocation[]
)
returns erp_internal.refusal[]
language plpgsql
immutable
set enable_nestloop = off
as $$
begin
    if not exists (select from unnest(p_allocations) as a where a.refusal is not null) then
        return array[]::erp_internal.refusal [];
    end if;

    return array(
        select
            erp_internal.refusal(
                p_ordinal => a.ordinal,
                p_code => a.refusal,
                p_order_label => coalesce(
                    erp_internal.order_label(o.order_year, o.order_number, o.order_lot),
                    coalesce(o.production_declaration_id, o.production_order_id)::text
                ),
                p_line => coalesce(a.line, 2147483647),
                p_item_id => d.item_id,
                p_item_variant_id => d.item_variant_id,
                p_warehouse_id => case
                    when d.load and a.refusal <> 'lot_required' then d.counterpart_warehouse_id
                    else d.warehouse_id
                end,
                p_location_id => case
                    when a.refusal = 'lot_required' then null
                    when a.lot_id is not null and d.committed_location_id > 0 then d.committed_location_id
                    when d.by_lot then case when d.own_location_id > 0 and not d.load then d.own_location_id end
                    when d.take_by_location then case when d.load then d.counterpart_location_id else d.location_id end
                end,
                p_lot_id => a.lot_id,
                p_required => a.required,
                p_available => a.available,
                p_detail => case when a.lot_id < 0 then o.lot_code end
            )
        from unnest(p_allocations) as a
        inner join unnest(p_orders) as o on o.ordinal = a.ordinal
        left join unnest(p_demand) as d on d.ordinal = a.ordinal and d.line = a.line
        where a.refusal is not null
    );
end;
$$;
