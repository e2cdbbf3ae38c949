-- Returns the refusal of what a closed order does not allow, by how it was closed: short, so that it is reopened, or
-- by a registration or elsewhere, so that the way back is another (R33, R55, R56).
create or replace function erp_internal.closed_code(p_short_close_run_id bigint)
returns text
language sql
immutable
parallel safe
return case when p_short_close_run_id is null then 'order_closed' else 'order_short_closed' end;
