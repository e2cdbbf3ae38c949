-- Tells whether an order of this status may become archived, by a call, by a put or by hand (R56).
create or replace function erp_internal.is_order_archivable(p_status text)
returns boolean
language sql
immutable
parallel safe
return p_status in ('launched', 'closed');
