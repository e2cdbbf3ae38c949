-- Returns the refusal of a put that would change an order of this status; null for a launched one, which it may change.
create or replace function erp_internal.frozen_code(p_status text)
returns text
language sql
immutable
parallel safe
return case p_status
    when 'executive' then 'order_released'
    when 'closed' then 'order_closed'
    when 'archived' then 'order_archived'
end;
