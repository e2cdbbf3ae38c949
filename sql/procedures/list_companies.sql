-- Lists the companies that the caller may pass to check_integrity.
-- Locks: none. Errors: 40001, 55000.
create or replace function erp_api.list_companies()
returns table (company_id integer, company_code text, description text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    perform erp_internal.assert_version();
    perform erp_internal.assert_own_work();

    return query
    select c.company_id, c.company_code, c.description
    from erp.company as c
    where
        c.active
        and (
            erp_internal.is_monitor()
            or c.company_id in (
                select m.company_id
                from unnest(erp_internal.member_companies(erp_internal.caller_role())) as m (company_id)
            )
        )
    order by c.company_code;
end;
$$;

comment on function erp_api.list_companies is
'Lists the companies that the caller may check (check_integrity): those that it is a member of; for members of
erp_monitor all there are. Returns a row per company, by code. Errors: 55000 work that is not the caller''s own.';
