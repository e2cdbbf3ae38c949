-- Returns a location of a warehouse by its code.
create or replace function erp_internal.location_by_code(
    p_company_id integer, p_warehouse_id bigint, p_location_code text
)
returns table (location_id bigint)
language sql
stable
rows 1
begin atomic
    select l.location_id
    from erp.location as l
    where l.company_id = p_company_id and l.warehouse_id = p_warehouse_id and l.location_code = p_location_code
    offset 0;
end;
