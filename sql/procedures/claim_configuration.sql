-- Claims the configuration of a company until the transaction ends (R20, R62): for several calls of one transaction, of
-- which a later one changes what runs decide by, or deletes.
-- Locks: see erp_internal.lock_configuration, alone. Errors: 40001, 55000, PR004.
create or replace function erp_api.claim_configuration(p_company_id integer)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform erp_internal.assert_member(p_company_id);
    perform erp_internal.lock_configuration(p_company_id, true);
end;
$$;

comment on function erp_api.claim_configuration is
'Claims what calls decide by (parameters, tracking, units, decimals, directions, flags of warehouses, blocked locations)
until the transaction ends: it waits until the calls of others that are under way have ended, and theirs wait from then
on (R20, R62). Only a transaction of several calls needs it, as its first: one of which a later call of put_data changes
any of that, or deletes rows. A call by itself claims by itself what it needs. Changes nothing. Errors: 40001 an
earlier call of the transaction is in the way: begin with this one; 55000 outside read committed; PR004 unknown company
or no membership.';
