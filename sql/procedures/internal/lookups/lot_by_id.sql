-- Returns a lot by its id.
create or replace function erp_internal.lot_by_id(p_company_id integer, p_lot_id bigint)
returns setof erp_internal.found_lot
language sql
stable
rows 1
begin atomic
    select
        t.lot_id,
        t.lot_code,
        t.start_date,
        t.expiry_date,
        t.state,
        t.sellable,
        t.closed
    from erp.lot as t
    where t.company_id = p_company_id and t.lot_id = p_lot_id
    offset 0;
end;
