-- Returns how sentences call an order: YEAR/NUMBER/LOT.
create or replace function erp_internal.order_label(p_order_year integer, p_order_number integer, p_order_lot integer)
returns text
language sql
immutable
parallel safe
return p_order_year || '/' || p_order_number || '/' || p_order_lot;
