-- Refuses a caller that is neither a member of the company nor a monitor. An unknown company gets the same answer as a
-- foreign one.
-- Errors: 40001, 55000, PR004.
create or replace function erp_internal.assert_checker(p_company_id integer)
returns void
language plpgsql
volatile
as $$
begin
    perform erp_internal.assert_version();
    perform erp_internal.assert_own_work();
    if not (erp_internal.is_monitor() and exists (select from erp.company as c where c.company_id = p_company_id)) then
        perform erp_internal.assert_member(p_company_id);
    end if;
end;
$$;
