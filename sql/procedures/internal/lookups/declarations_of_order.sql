-- Returns the declarations of an order.
create or replace function erp_internal.declarations_of_order(p_company_id integer, p_order_id bigint)
returns table (
    production_declaration_id bigint,
    production_order_id bigint,
    phase integer,
    sub_phase integer,
    kind text,
    declared_at timestamptz,
    good_quantity numeric,
    scrap_quantity numeric,
    lot_code text,
    registration_run_id bigint,
    produced_quantity numeric,
    closed_order boolean
)
language sql
stable
begin atomic
    select
        d.production_declaration_id,
        d.production_order_id,
        d.phase,
        d.sub_phase,
        d.kind,
        d.declared_at,
        d.good_quantity,
        d.scrap_quantity,
        d.lot_code,
        d.registration_run_id,
        d.produced_quantity,
        d.closed_order
    from erp.production_declaration as d
    where d.company_id = p_company_id and d.production_order_id = p_order_id
    offset 0;
end;
