-- Ends what would write to a company that is not in force in this database. Whoever called before the company moved may
-- have waited for the move: only after its locks does a call know that the company is still here.
-- Locks: none; the caller holds the configuration, or a row that names the company. Errors: 40001.
create or replace function erp_internal.assert_active(p_company_id integer)
returns void
language plpgsql
stable
as $$
begin
    if exists (select from erp.company as c where c.company_id = p_company_id and not c.active) then
        raise exception using
            errcode = '40001',
            message = pg_catalog.format(
                'Company %s was moved to another database while the call waited.', p_company_id
            ),
            hint = 'Send the call again, through the proxy: it finds the company where it lies now.';
    end if;
end;
$$;
