-- Gathers the statistics of master data, as erp_internal.analyze_orders does those of orders.
create or replace function erp_internal.analyze_data()
returns void
language plpgsql
volatile
as $$
begin
    if erp_internal.outgrew_statistics(
        array[
            'erp.site', 'erp.warehouse', 'erp.location', 'erp.movement_reason', 'erp.item', 'erp.item_variant',
            'erp.warehouse_rule', 'erp.item_location', 'erp.item_mrp_parameter', 'erp.job_order', 'erp.lot'
        ]::regclass []
    ) then
        analyze (skip_locked) -- noqa: LT01, LT06
            erp.site, erp.warehouse, erp.location, erp.movement_reason, erp.item, erp.item_variant,
            erp.warehouse_rule, erp.item_location, erp.item_mrp_parameter, erp.job_order, erp.lot;
    end if;
end;
$$;
