-- Refuses work that is not the caller's own, so that no function of erp_api acts in another's name.
-- PostgreSQL runs functions of a table's owner (in expression indexes, materialized views, row triggers of replication)
-- under autovacuum, analyze, reindex, refresh and logical replication, with the session user of whoever maintains the
-- table. It forbids unlisten there and nowhere else, where an unlisten of what nobody listens to does nothing. On a
-- standby no such work runs. With session_replication_role = replica the triggers that keep stock do not fire.
-- The role of SET ROLE is known by name only: one that was renamed or dropped since would be nobody, or a later role of
-- that name. Volatile, since a stable function may not run unlisten; it writes nothing, in read-only transactions too.
-- Errors: 55000.
create or replace function erp_internal.assert_own_work()
returns void
language plpgsql
volatile
as $$
declare
    v_role constant text := nullif(pg_catalog.current_setting('role', true), 'none');
    v_own boolean;
begin
    if pg_catalog.current_setting('session_replication_role') = 'replica' then
        raise exception using
            errcode = '55000',
            message = 'A session with session_replication_role = replica, whose triggers are asleep, calls nothing.',
            hint = 'Set session_replication_role = origin.';
    end if;
    begin
        if not pg_catalog.pg_is_in_recovery() then
            unlisten "what erp_internal.assert_own_work asks";
        end if;
    exception
        when insufficient_privilege then
            raise exception using
                errcode = '55000',
                message = 'Work that PostgreSQL does in another''s name, such as keeping an index or a materialized '
                    'view, calls nothing.',
                hint = 'Call the function yourself.';
    end;
    if v_role is null then
        return;
    end if;
    begin
        v_own := exists (
            select
            from pg_catalog.pg_roles as r
            where
                r.rolname = v_role
                and pg_catalog.pg_has_role(
                    session_user,
                    r.oid,
                    case
                        when pg_catalog.current_setting('server_version_num')::integer >= 160000 then 'set'
                        else 'member'
                    end
                )
        );
    exception
        when undefined_object then
            raise exception using
                errcode = '55000',
                message = 'The role that this session logged in as was dropped.',
                hint = 'Connect again.';
    end;
    if not v_own then
        raise exception using
            errcode = '55000',
            message = pg_catalog.format(
                'Role %s, which this session has set, was renamed, dropped or taken from role %s.', v_role, session_user
            ),
            hint = 'Set a role again, or reset role.';
    end if;
end;
$$;
