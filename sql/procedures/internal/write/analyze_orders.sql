-- Gathers the statistics of orders and their rows, if they have outgrown those that there are (see
-- erp_internal.outgrew_statistics). Locks: against others who analyze or vacuum, until the transaction ends; a table
-- that one of them has is left to him.
create or replace function erp_internal.analyze_orders()
returns void
language plpgsql
volatile
as $$
begin
    if erp_internal.outgrew_statistics(
        array['erp.production_order', 'erp.production_order_phase', 'erp.production_order_material', 'erp.material_lot']
        ::regclass []
    ) then
        analyze (skip_locked) -- noqa: LT01, LT06
            erp.production_order, erp.production_order_phase, erp.production_order_material, erp.material_lot;
    end if;
end;
$$;
