-- Returns the ctid of a lot commitment (see erp_internal.order_row).
create or replace function erp_internal.commitment_row(
    p_company_id integer, p_order_id bigint, p_line integer, p_lot_id bigint
)
returns table (row_ctid tid)
language sql
stable
rows 1
begin atomic
    select c.ctid as row_ctid
    from erp.material_lot as c
    where
        c.company_id = p_company_id and c.production_order_id = p_order_id and c.line = p_line
        and c.lot_id = p_lot_id
    offset 0;
end;
