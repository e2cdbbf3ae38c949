-- What a material row takes or lacks, made by name: what does not apply is left out (see the type).
create or replace function erp_internal.allocation(
    p_ordinal integer,
    p_line integer default null,
    p_lot_id bigint default null,
    p_location_id bigint default null,
    p_quantity numeric default null,
    p_order_quantity numeric default null,
    p_refusal text default null,
    p_required numeric default null,
    p_available numeric default null
)
returns erp_internal.allocation
language sql
immutable
parallel safe
return row(
    p_ordinal, p_line, p_lot_id, p_location_id, p_quantity, p_order_quantity, p_refusal, p_required, p_available
)::erp_internal.allocation;
