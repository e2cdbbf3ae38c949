-- requires: internal/resolve/moved_quantity
-- Computes how much of a material row is to have moved when p_declared_quantity of the order has been declared (R51):
-- variable quantities grow with it, fixed ones in proportion to the order's quantity, up to the whole; rounded once, on
-- the total, less what was picked, as in a release (R6, R21, R29).
create or replace function erp_internal.declared_quantity(
    p_unit_quantity numeric, p_fixed boolean, p_scrap_percent numeric, p_decimals integer, p_quantity_before numeric,
    p_order_quantity numeric, p_declared_quantity numeric, p_picked_quantity numeric
)
returns numeric
language sql
immutable
parallel safe
return case
    when p_fixed and p_declared_quantity < p_order_quantity
        then
            greatest(
                pg_catalog.abs(
                    pg_catalog.round(
                        p_unit_quantity * p_declared_quantity * (100 + p_scrap_percent) * 0.01 / p_order_quantity,
                        p_decimals
                    )
                ) - p_picked_quantity,
                0
            )
    else
        erp_internal.moved_quantity(
            p_unit_quantity, p_fixed, p_scrap_percent, p_decimals, p_quantity_before, p_declared_quantity,
            p_picked_quantity
        )
end;
