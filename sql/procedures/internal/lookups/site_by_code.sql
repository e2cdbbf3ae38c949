-- Returns a site by its code.
create or replace function erp_internal.site_by_code(p_company_id integer, p_site_code text)
returns table (site_id bigint)
language sql
stable
rows 1
begin atomic
    select s.site_id
    from erp.site as s
    where s.company_id = p_company_id and s.site_code = p_site_code
    offset 0;
end;
