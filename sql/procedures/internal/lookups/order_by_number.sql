-- Returns an order by its year, number and order lot.
create or replace function erp_internal.order_by_number(
    p_company_id integer, p_order_year integer, p_order_number integer, p_order_lot integer
)
returns table (production_order_id bigint, status text)
language sql
stable
rows 1
begin atomic
    select
        o.production_order_id,
        o.status
    from erp.production_order as o
    where
        o.company_id = p_company_id and o.order_year = p_order_year and o.order_number = p_order_number
        and o.order_lot = p_order_lot
    offset 0;
end;
