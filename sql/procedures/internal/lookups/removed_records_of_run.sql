-- Returns the records that a run made and that were taken back since.
create or replace function erp_internal.removed_records_of_run(p_company_id integer, p_run_id bigint)
returns table (record_date date, stock_record_id bigint, row_ctid tid)
language sql
stable
begin atomic
    select
        r.record_date,
        r.stock_record_id,
        r.ctid as row_ctid
    from erp.removed_stock_record as r
    where r.company_id = p_company_id and r.run_id = p_run_id
    offset 0;
end;
