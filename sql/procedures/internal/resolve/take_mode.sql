-- Returns the mode of the side that is taken from: that of a transfer is resolved as if WIP management were off (R9).
create or replace function erp_internal.take_mode(p_mode text)
returns text
language sql
immutable
parallel safe
return case p_mode when 'transfer' then 'direct' else p_mode end;
