-- What a material row requires for an order quantity (R21): rounded once, half away from zero, on the total.
create or replace function erp_internal.required_quantity(
    p_unit_quantity numeric, p_fixed boolean, p_scrap_percent numeric, p_decimals integer, p_order_quantity numeric
)
returns numeric
language sql
immutable
parallel safe
return pg_catalog.round(
    p_unit_quantity * case when p_fixed then 1 else p_order_quantity end * (100 + p_scrap_percent) * 0.01, p_decimals
);
