-- Returns a movement reason of a warehouse by its code.
create or replace function erp_internal.movement_reason_by_code(
    p_company_id integer, p_warehouse_id bigint, p_reason_code text
)
returns table (movement_reason_id bigint, direction text)
language sql
stable
rows 1
begin atomic
    select
        r.movement_reason_id,
        r.direction
    from erp.movement_reason as r
    where r.company_id = p_company_id and r.warehouse_id = p_warehouse_id and r.reason_code = p_reason_code
    offset 0;
end;
