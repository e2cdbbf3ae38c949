-- Returns a warehouse by its code.
create or replace function erp_internal.warehouse_by_code(p_company_id integer, p_warehouse_code text)
returns table (warehouse_id bigint)
language sql
stable
rows 1
begin atomic
    select w.warehouse_id
    from erp.warehouse as w
    where w.company_id = p_company_id and w.warehouse_code = p_warehouse_code
    offset 0;
end;
