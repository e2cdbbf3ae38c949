-- Parameters and result have other names and another type since.
create or replace function erp_internal.order_label(p_year integer, p_number integer, p_lot integer)
returns character varying
language sql
immutable
parallel safe
return p_year || '/' || p_number || '/' || p_lot;
