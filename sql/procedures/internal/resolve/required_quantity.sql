-- requires: internal/resolve/with_scrap
-- Computes what a material row requires for an order quantity (R21, R29). Variable: what the whole order requires up to
-- the end of this part, less what it requires up to its beginning, each rounded half away from zero on the total, so
-- that the parts of a split together need what the whole needs. Fixed: its whole quantity in each part.
create or replace function erp_internal.required_quantity(
    p_unit_quantity numeric, p_fixed boolean, p_scrap_percent numeric, p_decimals integer, p_quantity_before numeric,
    p_order_quantity numeric
)
returns numeric
language sql
immutable
parallel safe
return case
    when p_fixed then erp_internal.with_scrap(p_unit_quantity, p_scrap_percent, p_decimals)
    when p_quantity_before = 0
        then erp_internal.with_scrap(p_unit_quantity * p_order_quantity, p_scrap_percent, p_decimals)
    else
        erp_internal.with_scrap(
            p_unit_quantity * (p_quantity_before + p_order_quantity), p_scrap_percent, p_decimals
        )
        - erp_internal.with_scrap(p_unit_quantity * p_quantity_before, p_scrap_percent, p_decimals)
end;
