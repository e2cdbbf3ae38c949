-- Locks the stock keys of a demand, those of the counterparts too (R62).
create or replace function erp_internal.lock_demand(p_company_id integer, p_demand erp_internal.material_demand[])
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
                select d.warehouse_id, d.item_id, d.item_variant_id
                from unnest(p_demand) as d
                where d.warehouse_id is not null
                union
                select d.counterpart_warehouse_id as warehouse_id, d.item_id, d.item_variant_id
                from unnest(p_demand) as d
                where d.counterpart_warehouse_id is not null
            ) as k
        )
    );
end;
$$;
