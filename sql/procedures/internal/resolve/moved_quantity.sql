-- requires: internal/resolve/required_quantity
-- Computes what is left to move of a material row, never below zero: |required| - picked (R5, R6).
create or replace function erp_internal.moved_quantity(
    p_unit_quantity numeric, p_fixed boolean, p_scrap_percent numeric, p_decimals integer, p_quantity_before numeric,
    p_order_quantity numeric, p_picked_quantity numeric
)
returns numeric
language sql
immutable
parallel safe
return greatest(
    pg_catalog.abs(
        erp_internal.required_quantity(
            p_unit_quantity, p_fixed, p_scrap_percent, p_decimals, p_quantity_before, p_order_quantity
        )
    ) - p_picked_quantity,
    0
);
