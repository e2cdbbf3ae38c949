-- Returns the ctid of a declaration (see erp_internal.order_row) and the run that registered it.
create or replace function erp_internal.declaration_row(p_company_id integer, p_declaration_id bigint)
returns table (row_ctid tid, registration_run_id bigint)
language sql
stable
rows 1
begin atomic
    select
        d.ctid as row_ctid,
        d.registration_run_id
    from erp.production_declaration as d
    where d.company_id = p_company_id and d.production_declaration_id = p_declaration_id
    offset 0;
end;
