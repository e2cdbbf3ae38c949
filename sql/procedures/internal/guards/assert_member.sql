-- Refuses a caller that is no member of the company, and work that is not its own. An unknown company gets the same
-- answer as a foreign one. Every function of erp_api calls it first, so here a call takes hold of the deployed version.
-- Errors: 40001, 55000, PR004.
create or replace function erp_internal.assert_member(p_company_id integer)
returns void
language plpgsql
volatile
as $$
begin
    perform erp_internal.assert_version();
    perform erp_internal.assert_own_work();
    if p_company_id is null or p_company_id <> all (erp_internal.member_companies(erp_internal.caller_role())) then
        raise exception using
            errcode = 'PR004',
            message = pg_catalog.format('Company %s is unknown, or role %s is not a member of it.',
                coalesce(p_company_id::text, 'null'), erp_internal.caller_role()),
            hint = 'Ask for one of the companies of erp_api.my_companies.';
    end if;
end;
$$;
