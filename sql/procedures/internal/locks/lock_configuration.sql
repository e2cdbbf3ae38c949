-- Locks the configuration of a company, so that what runs decide by does not change until the transaction ends (R20,
-- R62). Runs share the lock.
-- Whoever changes the configuration updates the row (erp_internal.claim_configuration), so that a transaction at
-- repeatable read that began before gets 40001; after a mere key share it would not.
-- Locks: the company's row of production_parameter in share mode, after the request key and before everything else.
create or replace function erp_internal.lock_configuration(p_company_id integer)
returns void
language plpgsql
volatile
as $$
begin
    perform
    from erp.production_parameter as p
    where p.company_id = p_company_id
    for share;
end;
$$;
