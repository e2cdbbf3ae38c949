-- Who may do what: the whole matrix, run last on each deployment. A new view or function is granted to nobody until it
-- stands here.

-- 1. Nobody but the owner may do anything, whoever had granted what, or let it be granted to whatever would be made.
do $$
declare
    v_statement text;
begin
    for v_statement in
        with object (kind, name, owner, acl) as (
            select 'schema', quote_ident(n.nspname), n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner))
            from pg_catalog.pg_namespace as n
            where n.nspname = any(array['erp', 'erp_api', 'erp_internal', 'erp_meta'])
            union all
            select
                case c.relkind when 'S' then 'sequence' else 'table' end, c.oid::regclass::text, c.relowner,
                coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's'::"char" else 'r' end, c.relowner))
            from pg_catalog.pg_class as c
            inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
            where
                n.nspname = any(array['erp', 'erp_api', 'erp_internal', 'erp_meta'])
                and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
            union all
            -- a revoke on a table reaches its columns
            select 'table', c.oid::regclass::text, c.relowner, a.attacl
            from pg_catalog.pg_attribute as a
            inner join pg_catalog.pg_class as c on c.oid = a.attrelid
            inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
            where n.nspname = any(array['erp', 'erp_api', 'erp_internal', 'erp_meta']) and a.attacl is not null
            union all
            select 'routine', p.oid::regprocedure::text, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))
            from pg_catalog.pg_proc as p
            inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
            where n.nspname = any(array['erp', 'erp_api', 'erp_internal', 'erp_meta'])
            union all
            -- types made as such; those of tables and views go with these
            select 'type', t.oid::regtype::text, t.typowner, coalesce(t.typacl, acldefault('T', t.typowner))
            from pg_catalog.pg_type as t
            inner join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
            left join pg_catalog.pg_class as c on c.oid = t.typrelid
            where
                n.nspname = any(array['erp', 'erp_api', 'erp_internal', 'erp_meta'])
                and (c.relkind = 'c' or t.typtype in ('d', 'e', 'r'))
        )

        select distinct
            format(
                'revoke all on %s %s from %s cascade', o.kind, o.name,
                case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end
            )
        from object as o
        cross join lateral aclexplode(o.acl) as a
        where a.grantee <> o.owner
        order by 1
    loop
        execute v_statement;
    end loop;
end;
$$;

-- 2. Whoever reads: erp_reader, erp_releaser, erp_operator.
grant usage on schema erp_api to erp_reader, erp_releaser, erp_operator;
grant select on
erp_api.company,
erp_api.declaration_grid,
erp_api.declaration_movement_grid,
erp_api.lock_wait,
erp_api.movement_history,
erp_api.release_grid,
erp_api.restore_grid,
erp_api.restore_movement_grid,
erp_api.run_history,
erp_api.run_order_history
to erp_reader, erp_releaser, erp_operator;

-- A view checks the functions it calls against its reader. Nobody has usage of erp_internal, so they cannot be called
-- by name.
grant execute on function
erp_internal.member_companies,
erp_internal.order_blockers,
erp_internal.order_feasibility
to erp_reader, erp_releaser, erp_operator;

-- 3. Whoever releases: erp_releaser, erp_operator. What takes releases and registrations back is not here.
grant execute on function
erp_api.declare_production,
erp_api.diagnose_configuration,
erp_api.explain_material_source,
erp_api.preview_registration,
erp_api.preview_release,
erp_api.preview_restore,
erp_api.register_declarations,
erp_api.release_production_orders
to erp_releaser, erp_operator;

-- 4. Whoever does everything: erp_operator.
grant execute on function
erp_api.check_integrity,
erp_api.delete_declarations,
erp_api.list_companies,
erp_api.prune_request_keys,
erp_api.restore_production_orders,
erp_api.rollback_declarations
to erp_operator;

-- Whoever watches: erp_monitor, a member of no company. It reads what is deployed (rilascio status), asks for the
-- integrity of every company (rilascio check), and sees who waits for whom (rilascio locks).
grant usage on schema erp_api, erp_meta to erp_monitor;
grant execute on function
erp_api.check_integrity,
erp_api.list_companies
to erp_monitor;
grant select on
erp_api.lock_wait,
erp_meta._yoyo_migration,
erp_meta.deployment,
erp_meta.expected_object,
erp_meta.migration
to erp_monitor;
grant execute on function erp_internal.member_companies to erp_monitor;
