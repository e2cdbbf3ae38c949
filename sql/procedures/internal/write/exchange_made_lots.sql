-- Returns a plan with the lots that it loads into made (see erp_internal.make_lots): their ids instead of those below
-- zero that stood for them.
create or replace function erp_internal.exchange_made_lots(
    p_company_id integer,
    p_run_id bigint,
    p_lots erp_internal.made_lot[],
    p_plan erp_internal.planned_movement[]
)
returns erp_internal.planned_movement[]
language plpgsql
volatile
set enable_nestloop = off
as $$
begin
    if pg_catalog.cardinality(p_lots) = 0 then
        return p_plan;
    end if;
    return array(
        with made as materialized (
            select m.planned_lot_id, m.lot_id
            from erp_internal.make_lots(p_company_id, p_run_id, p_lots) as m
        )

        select r::erp_internal.planned_movement
        from (
            select
                p.ordinal,
                p.production_order_id,
                p.production_declaration_id,
                p.record_date,
                p.outcome,
                p.feasible_quantity,
                p.line,
                p.item_id,
                p.item_variant_id,
                coalesce(m.lot_id, p.lot_id) as lot_id,
                p.location_id,
                p.warehouse_id,
                p.movement_reason_id,
                p.resolved_by,
                p.picking_type,
                p.quantity,
                p.counterpart,
                p.reasons,
                p.document_key,
                p.material_line,
                p.picked
            from unnest(p_plan) as p
            left join made as m on m.planned_lot_id = p.lot_id
        ) as r
    );
end;
$$;
