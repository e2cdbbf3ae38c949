-- Returns the items of materials, with what decides whether and how they move (R3, R4): phantom items never do;
-- picking_type and procurement_type are null without MRP parameters. Items are probed by key (offset 0).
create or replace function erp_internal.material_items(p_company_id integer, p_item_ids bigint[])
returns table (
    item_id bigint,
    quantity_decimals integer,
    by_lot boolean,
    lot_policy text,
    phantom boolean,
    picking_type text,
    procurement_type text
)
language plpgsql
stable
rows 5
as $$
#variable_conflict use_column
begin
    return query
    select
        i.item_id,
        i.quantity_decimals,
        i.tracking = 'lot' as by_lot,
        i.lot_policy,
        i.phantom,
        r.picking_type,
        r.procurement_type
    from unnest(p_item_ids) as a (item_id)
    cross join lateral erp_internal.item_by_id(p_company_id, a.item_id) as i
    left join
        lateral (
            select r.*
            from erp.item_mrp_parameter as r
            where r.company_id = p_company_id and r.item_id = a.item_id
            offset 0
        ) as r
        on true;
end;
$$;
