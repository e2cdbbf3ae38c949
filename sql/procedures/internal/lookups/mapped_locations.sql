-- Returns the locations of an item in a warehouse by the item-location map, without the blocked ones. The first by
-- priority, then location code, is the item's (R14).
create or replace function erp_internal.mapped_locations(p_company_id integer, p_item_id bigint, p_warehouse_id bigint)
returns table (location_id bigint, priority integer, location_code text)
language sql
stable
parallel safe
begin atomic
    select
        m.location_id,
        m.priority,
        l.location_code
    from erp.item_location as m
    inner join erp.location as l
        on l.company_id = m.company_id and l.warehouse_id = m.warehouse_id and l.location_id = m.location_id
    where
        m.company_id = p_company_id and m.item_id = p_item_id and m.warehouse_id = p_warehouse_id
        and not l.blocked;
end;
