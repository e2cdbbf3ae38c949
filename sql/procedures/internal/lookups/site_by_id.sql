-- Returns a site by its id.
create or replace function erp_internal.site_by_id(p_company_id integer, p_site_id bigint)
returns table (site_code text)
language sql
stable
rows 1
begin atomic
    select s.site_code
    from erp.site as s
    where s.company_id = p_company_id and s.site_id = p_site_id
    offset 0;
end;
