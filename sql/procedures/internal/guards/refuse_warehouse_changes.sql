-- Refuses that stock of a warehouse which is below zero, today or later, must no longer be: its flag goes off, or it is
-- to be checked by location (R15-R17). One cell stands for all of the warehouse.
-- Precondition: the configuration is claimed, at read committed.
create or replace function erp_internal.refuse_warehouse_changes(
    p_company_id integer, p_plan erp_internal.warehouse_plan[]
)
returns setof erp_internal.refusal
language plpgsql
stable
as $$
declare
    v_today constant date := erp_internal.company_today(p_company_id);
begin
    return query
    select r.*
    from unnest(p_plan) as p
    inner join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = p.warehouse_id
    inner join erp.production_parameter as c on c.company_id = p_company_id
    cross join lateral (
        select n.*
        from erp_internal.negative_cells(p_company_id, p.warehouse_id, p.check_location, v_today) as n
        order by n.balance
        limit 1
    ) as n
    cross join lateral erp_internal.refusal(
        p_ordinal => p.ordinal,
        p_code => 'stock_negative',
        p_order_label => null,
        p_item_id => n.item_id,
        p_item_variant_id => n.item_variant_id,
        p_warehouse_id => p.warehouse_id,
        p_location_id => n.location_id,
        p_available => n.balance,
        p_record_date => n.record_date,
        p_column_name => case
            when w.allow_negative_stock and not p.allow_negative_stock then 'allow_negative_stock'
            else 'check_location'
        end
    ) as r
    where
        p.guarded <> '{}'
        and not (c.allow_negative_stock and p.allow_negative_stock)
        and (
            c.allow_negative_stock and w.allow_negative_stock
            or p.check_location and not w.check_location
        );
end;
$$;
