-- Returns a location by its id.
create or replace function erp_internal.location_by_id(p_company_id integer, p_location_id bigint)
returns setof erp_internal.found_location
language sql
stable
rows 1
begin atomic
    select
        l.location_id,
        l.location_code,
        l.blocked
    from erp.location as l
    where l.company_id = p_company_id and l.location_id = p_location_id
    offset 0;
end;
