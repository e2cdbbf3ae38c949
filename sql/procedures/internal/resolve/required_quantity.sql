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
    when p_fixed then pg_catalog.round(p_unit_quantity * (100 + p_scrap_percent) * 0.01, p_decimals)
    when p_quantity_before = 0
        then pg_catalog.round(p_unit_quantity * p_order_quantity * (100 + p_scrap_percent) * 0.01, p_decimals)
    else
        pg_catalog.round(
            p_unit_quantity * (p_quantity_before + p_order_quantity) * (100 + p_scrap_percent) * 0.01, p_decimals
        )
        - pg_catalog.round(p_unit_quantity * p_quantity_before * (100 + p_scrap_percent) * 0.01, p_decimals)
end;
