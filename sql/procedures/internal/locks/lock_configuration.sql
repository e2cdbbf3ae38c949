-- Locks the configuration of a company, so that what runs decide by does not change until the transaction ends (R20,
-- R62). Runs share the lock; with p_alone the call is to change what they decide by: it waits until all have ended.
-- Whoever changes the configuration updates the row (here and in erp_internal.claim_configuration), so that a
-- transaction at repeatable read that began before gets 40001; after a mere key share it would not.
-- A call that is to be alone does not wait if an earlier one of its transaction has locked: others may wait for what
-- that one holds, and it would wait for them.
-- Locks: the company's row of production_parameter, after the request key and before everything else, in share mode or
-- for no key update. Errors: 40001 if it would have to wait and must not, or if the company has moved away; 55000 for a
-- call that is to be alone outside read committed, whose snapshot does not show what runs have written while it waited.
create or replace function erp_internal.lock_configuration(p_company_id integer, p_alone boolean default false)
returns void
language plpgsql
volatile
as $$
declare
    c_lock_setting constant text := 'erp.configuration_locked_by';
    v_transaction constant text := pg_catalog.pg_current_xact_id()::text;
    v_earlier constant boolean := pg_catalog.current_setting(c_lock_setting, true) = v_transaction;
begin
    perform pg_catalog.set_config(c_lock_setting, v_transaction, true);
    if not p_alone then
        perform
        from erp.production_parameter as p
        where p.company_id = p_company_id
        for share;
        perform erp_internal.assert_active(p_company_id);
        return;
    end if;
    if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
        raise exception using
            errcode = '55000',
            message = 'What runs decide by is changed, and rows are deleted, at read committed alone: an older snapshot'
                || ' does not show what stands on them.',
            hint = 'Begin the transaction at read committed.';
    end if;
    if v_earlier then
        perform
        from erp.production_parameter as p
        where p.company_id = p_company_id
        for no key update skip locked;
        if not found then
            raise exception using
                errcode = '40001',
                message = 'Other calls are under way, and this one changes what they decide by or deletes rows.',
                hint = pg_catalog.format(
                    'Begin the transaction with erp_api.claim_configuration(%s), which waits for them, and send all of'
                    || ' it again.',
                    p_company_id
                );
        end if;
    end if;
    update erp.production_parameter as p
    set period_start = p.period_start
    where p.company_id = p_company_id;
    perform erp_internal.assert_active(p_company_id);
end;
$$;
