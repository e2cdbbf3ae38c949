-- Refuses a change of an item's tracking, unit of measure or fewer decimals while something stands on it (R20).
-- Precondition: the configuration is claimed, at read committed.
create or replace function erp_internal.refuse_item_changes(
    p_company_id integer, p_plan erp_internal.item_plan[]
)
returns setof erp_internal.refusal
language plpgsql
stable
as $$
begin
    return query
    select r.*
    from unnest(p_plan) as p
    inner join erp.item as i on i.company_id = p_company_id and i.item_id = p.item_id
    inner join erp_internal.items_in_use(
        array(
            select c::erp_internal.item_change
            from (
                select p_company_id as company_id, g.item_id, n.column_name
                from unnest(p_plan) as g
                cross join lateral unnest(g.guarded) as n (column_name)
            ) as c
        )
    ) as u on u.item_id = p.item_id
    cross join lateral erp_internal.refusal(
        p_ordinal => p.ordinal,
        p_code => 'item_moved',
        p_order_label => null,
        p_item_id => p.item_id,
        -- in words of the data, which are the same in every language
        p_detail => pg_catalog.regexp_replace(
            pg_catalog.regexp_replace(u.example, '^a movement of', 'stock_movement'), '^order', 'production_order'
        ),
        p_column_name => u.column_name
    ) as r
    where u.column_name <> 'quantity_decimals' or p.quantity_decimals < i.quantity_decimals;
end;
$$;
