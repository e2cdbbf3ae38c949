-- Returns a warehouse by its id.
create or replace function erp_internal.warehouse_by_id(p_company_id integer, p_warehouse_id bigint)
returns setof erp_internal.found_warehouse
language sql
stable
rows 1
begin atomic
    select
        w.warehouse_code,
        w.allow_negative_stock,
        w.check_location,
        w.valid_until
    from erp.warehouse as w
    where w.company_id = p_company_id and w.warehouse_id = p_warehouse_id
    offset 0;
end;
