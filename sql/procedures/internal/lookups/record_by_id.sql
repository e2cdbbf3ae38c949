-- Returns a stock record by its date and id.
create or replace function erp_internal.record_by_id(p_company_id integer, p_record_date date, p_record_id bigint)
returns table (movement_reason_id bigint, record_number integer)
language sql
stable
rows 1
begin atomic
    select
        r.movement_reason_id,
        r.record_number
    from erp.stock_record as r
    where r.company_id = p_company_id and r.record_date = p_record_date and r.stock_record_id = p_record_id
    offset 0;
end;
