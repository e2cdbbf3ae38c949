-- Holds the configuration of a company (R20, R62): what runs judge by does not change until the transaction ends. Runs
-- share it. Whoever changes it touches the company's row of production_parameter (claim_configuration), so a
-- transaction at repeatable read that began before gets 40001; a key share would not tell it.
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
