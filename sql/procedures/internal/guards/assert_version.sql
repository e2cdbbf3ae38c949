-- Ends a call that a deployment has overtaken, and keeps the next deployment away until the call's transaction ends.
-- The routine under which the call came in carries the number of the deployment that made it, as its setting
-- vacuum_failsafe_age: a setting is read together with the body, this one means nothing to a function, and one with a
-- name of ours would take a superuser. The number of the deployment in force is the constant of a view: whoever reads
-- the view waits for a deployment that is replacing it, keeps others from it, and sees what the catalog says now,
-- whatever the snapshot of the transaction. A deployment that the snapshot does not see may have changed the tables
-- too, so its row in erp_meta.deployment must be visible.
-- Locks: the version, in share mode, before all others. Errors: 40001.
create or replace function erp_internal.assert_version()
returns void
language plpgsql
stable
as $$
begin
    if not exists (
        select
        from erp_internal.deployed_version as v
        inner join erp_meta.deployment as d on d.deployment_id = v.deployment_id
        where v.deployment_id = pg_catalog.current_setting('vacuum_failsafe_age')::bigint
    ) then
        raise exception using
            errcode = '40001',
            message = 'Another release was deployed while the call was on its way.',
            hint = 'Send the call again. If that does not help, a routine was changed by hand: '
                || 'rilascio status names it.';
    end if;
end;
$$;
