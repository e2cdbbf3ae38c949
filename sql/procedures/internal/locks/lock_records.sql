-- Locks the stock keys of the records that are to be removed (see erp_internal.records_in_force, R62).
create or replace function erp_internal.lock_records(p_company_id integer, p_removals erp_internal.removal[])
returns void
language plpgsql
volatile
as $$
begin
    perform erp_internal.lock_stock(
        p_company_id,
        array(
            select k::erp_internal.stock_key
            from (
                select distinct m.warehouse_id, m.item_id, coalesce(m.item_variant_id, 0) as item_variant_id
                from erp_internal.movements_in_force(p_company_id, p_removals) as m
            ) as k
        )
    );
end;
$$;
