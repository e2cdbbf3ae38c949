-- Makes a reason to refuse a source, by name.
create or replace function erp_internal.source_refusal(p_code text, p_warehouse_id bigint default null)
returns erp_internal.source_refusal
language sql
immutable
parallel safe
return row(p_code, p_warehouse_id)::erp_internal.source_refusal;
