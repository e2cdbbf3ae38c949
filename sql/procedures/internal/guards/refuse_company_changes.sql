-- Refuses that a company no longer allows stock below zero while there is some, today or later, in a warehouse that
-- allows it (R15-R17). One cell stands for all of the company.
-- Precondition: the configuration is claimed, at read committed.
create or replace function erp_internal.refuse_company_changes(
    p_company_id integer, p_plan erp_internal.company_plan[]
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
    cross join lateral (
        select
            w.warehouse_id,
            n.*
        from erp.warehouse as w
        cross join lateral erp_internal.negative_cells(
            p_company_id, w.warehouse_id, w.check_location, v_today
        ) as n
        where w.company_id = p_company_id and w.allow_negative_stock
        order by n.balance
        limit 1
    ) as n
    cross join lateral erp_internal.refusal(
        p_ordinal => p.ordinal,
        p_code => 'stock_negative',
        p_order_label => null,
        p_item_id => n.item_id,
        p_item_variant_id => n.item_variant_id,
        p_warehouse_id => n.warehouse_id,
        p_location_id => n.location_id,
        p_available => n.balance,
        p_record_date => n.record_date,
        p_column_name => 'allow_negative_stock'
    ) as r
    where 'allow_negative_stock' = any (p.guarded) and not p.allow_negative_stock;
end;
$$;
