-- Returns the ctid of an order, by which it is written whatever the statistics say, and its status.
create or replace function erp_internal.order_row(p_company_id integer, p_order_id bigint)
returns table (row_ctid tid, status text)
language sql
stable
rows 1
begin atomic
    select
        o.ctid as row_ctid,
        o.status
    from erp.production_order as o
    where o.company_id = p_company_id and o.production_order_id = p_order_id
    offset 0;
end;
