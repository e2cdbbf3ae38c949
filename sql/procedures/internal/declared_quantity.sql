-- requires: internal/moved_quantity
-- What of a material row is to have moved when so much of the order's quantity has been declared (R51): variable
-- quantities grow with it, fixed ones in proportion to the order's quantity, up to the whole; rounded and less what was
-- picked, as in a release (R6, R21).
create or replace function erp_internal.declared_quantity(
    p_unit_quantity numeric, p_fixed boolean, p_scrap_percent numeric, p_decimals integer, p_order_quantity numeric,
    p_declared_quantity numeric, p_picked_quantity numeric
)
returns numeric
language sql
immutable
parallel safe
return erp_internal.moved_quantity(
    case
        when p_fixed then p_unit_quantity * least(p_declared_quantity, p_order_quantity) / p_order_quantity
        else p_unit_quantity
    end,
    p_fixed, p_scrap_percent, p_decimals, p_declared_quantity, p_picked_quantity
);
