-- Makes the lots that a registration loads and that do not exist yet (R51), in key order, and returns the plan with
-- their ids instead of the ids below zero that stood for them. A lot begins on the first day on which it is loaded.
-- Locks (R62): the lots, after stock keys and before numbering.
create or replace function erp_internal.make_lots(
    p_company_id integer,
    p_run_id bigint,
    p_declarations erp_internal.requested_declaration[],
    p_plan erp_internal.planned_movement[]
)
returns setof erp_internal.planned_movement
language plpgsql
volatile
set enable_nestloop = off
as $$
begin
    -- an existing lot is locked, so that no rollback removes it; one that was just removed is made again below
    perform
    from (
        select distinct p.item_id, p.lot_id, d.lot_code
        from unnest(p_plan) as p
        inner join unnest(p_declarations) as d on d.turn = p.ordinal
        where p.line <= 0 and p.lot_id > 0
        order by p.item_id, d.lot_code
    ) as k
    cross join lateral (
        select
        from erp.lot as l
        where l.company_id = p_company_id and l.lot_id = k.lot_id
        for key share
        offset 0
    ) as l;

    insert into erp.lot (company_id, item_id, item_variant_id, lot_code, start_date, registration_run_id)
    select p_company_id, p.item_id, p.item_variant_id, d.lot_code, pg_catalog.min(p.record_date), p_run_id
    from unnest(p_plan) as p
    inner join unnest(p_declarations) as d on d.turn = p.ordinal
    where
        p.line <= 0 and p.lot_id is not null
        and not exists (
            select
            from erp.lot as l
            where l.company_id = p_company_id and l.lot_id = p.lot_id
        )
    group by p.item_id, p.item_variant_id, d.lot_code
    order by p.item_id, p.item_variant_id, d.lot_code
    on conflict on constraint lot_code_key do nothing;

    return query
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
        coalesce(l.lot_id, p.lot_id) as lot_id,
        p.location_id,
        p.warehouse_id,
        p.movement_reason_id,
        p.resolved_by,
        p.picking_type,
        p.quantity,
        p.counterpart,
        p.reasons
    from unnest(p_plan) as p
    left join unnest(p_declarations) as d on d.turn = p.ordinal and p.line <= 0 and p.lot_id is not null
    left join lateral erp_internal.lot_by_code(p_company_id, p.item_id, p.item_variant_id, d.lot_code) as l on true;
end;
$$;
