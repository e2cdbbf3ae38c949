-- Returns a declaration by its id.
create or replace function erp_internal.declaration_by_id(p_company_id integer, p_declaration_id bigint)
returns table (production_declaration_id bigint, production_order_id bigint, registration_run_id bigint)
language sql
stable
rows 1
begin atomic
    select
        d.production_declaration_id,
        d.production_order_id,
        d.registration_run_id
    from erp.production_declaration as d
    where d.company_id = p_company_id and d.production_declaration_id = p_declaration_id
    offset 0;
end;
