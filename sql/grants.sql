-- Who may see and do what: rows first, then the whole matrix of privileges. Run last on each deployment. A new table is
-- bound by itself; a new view or function is granted to nobody until it stands here.

-- 1. Rows. Whoever reads a table of erp sees the rows of the companies that it is a member of, and no other policy says
-- otherwise. The owner alone, as which the functions of erp_api run, sees them all. The first half of the policy is
-- checked before all else, and costs a row next to nothing where the reader is a member of every company; the second
-- decides, and is what an index is searched by. The planner takes a `case` for one row in two, as it would take the
-- array alone, and an `or` for three in four. A policy that is right is left as it is: to make one takes a lock that
-- stops everybody.
do $$
declare
    v_statement text;
begin
    for v_statement in
        with bound as (
            select
                c.oid,
                c.oid::regclass::text as name,
                c.relrowsecurity,
                c.relforcerowsecurity
            from pg_catalog.pg_class as c
            where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p')
        ),

        policy as (
            select
                p.polrelid,
                p.polname,
                p.polname = 'rows_of_the_readers_companies' and p.polpermissive and p.polcmd = 'r'
                and p.polroles = '{0}' and regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\s+', ' ', 'g')
                = '( CASE WHEN ( SELECT erp_internal.member_of_all_companies(CURRENT_USER) AS member_of_all_companies)'
                || ' THEN true ELSE COALESCE((( SELECT erp_internal.member_company_flags(CURRENT_USER)'
                || ' AS member_company_flags))[company_id], ((( SELECT erp_internal.member_company_set(CURRENT_USER)'
                || ' AS member_company_set))[company_id] IS NOT NULL)) END AND (company_id = ANY ('
                || '( SELECT erp_internal.member_companies(CURRENT_USER) AS member_companies)'
                || '::integer[])))' as ours
            from pg_catalog.pg_policy as p
        )

        select format('drop policy %I on %s', p.polname, b.name)
        from bound as b
        inner join policy as p on p.polrelid = b.oid and not p.ours
        union all
        select
            format(
                'create policy rows_of_the_readers_companies on %s for select using ('
                'case when (select erp_internal.member_of_all_companies(current_user)) then true '
                'else coalesce((select erp_internal.member_company_flags(current_user))[company_id], '
                '(select erp_internal.member_company_set(current_user))[company_id] is not null) end '
                'and company_id = any ((select erp_internal.member_companies(current_user))::integer[]))', b.name
            )
        from bound as b
        where not exists (select from policy as p where p.polrelid = b.oid and p.ours)
        union all
        select format('alter table %s enable row level security', b.name)
        from bound as b
        where not b.relrowsecurity
        union all
        select format('alter table %s no force row level security', b.name)
        from bound as b
        where b.relforcerowsecurity
    loop
        execute v_statement;
    end loop;
end;
$$;

-- The views that clients read, and those that these read, belong to a role that owns no table, so that they are bound.
grant create on schema erp_api, erp_data, erp_internal to erp_view;
do $$
declare
    v_view text;
begin
    for v_view in
        with recursive read as (
            select c.oid
            from pg_catalog.pg_class as c
            where c.relnamespace in ('erp_api'::regnamespace, 'erp_data'::regnamespace) and c.relkind = 'v'
            union
            select d.refobjid
            from read as v
            inner join pg_catalog.pg_rewrite as r on r.ev_class = v.oid
            inner join pg_catalog.pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
            where d.refclassid = 'pg_class'::regclass
        )

        select c.oid::regclass
        from read as v
        inner join pg_catalog.pg_class as c on c.oid = v.oid
        where
            c.relkind = 'v' and c.relowner <> 'erp_view'::regrole
            and c.relnamespace in (
                'erp_api'::regnamespace, 'erp_data'::regnamespace, 'erp_internal'::regnamespace
            )
    loop
        execute format('alter view %s owner to erp_view', v_view);
    end loop;
end;
$$;

-- 2. Privileges. Nobody but the owner may do anything, whoever had granted what, or let it be granted to whatever would
-- be made.
do $$
declare
    v_statement text;
begin
    for v_statement in
        with object (kind, name, owner, acl) as (
            select 'schema', quote_ident(n.nspname), n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner))
            from pg_catalog.pg_namespace as n
            where n.nspname = any(array['erp', 'erp_api', 'erp_data', 'erp_internal', 'erp_meta'])
            union all
            select
                case c.relkind when 'S' then 'sequence' else 'table' end, c.oid::regclass::text, c.relowner,
                coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's'::"char" else 'r' end, c.relowner))
            from pg_catalog.pg_class as c
            inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
            where
                n.nspname = any(array['erp', 'erp_api', 'erp_data', 'erp_internal', 'erp_meta'])
                and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
            union all
            -- a revoke on a table reaches its columns
            select 'table', c.oid::regclass::text, c.relowner, a.attacl
            from pg_catalog.pg_attribute as a
            inner join pg_catalog.pg_class as c on c.oid = a.attrelid
            inner join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
            where n.nspname = any(array['erp', 'erp_api', 'erp_data', 'erp_internal', 'erp_meta'])
                and a.attacl is not null
            union all
            select 'routine', p.oid::regprocedure::text, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))
            from pg_catalog.pg_proc as p
            inner join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
            where n.nspname = any(array['erp', 'erp_api', 'erp_data', 'erp_internal', 'erp_meta'])
            union all
            -- types made as such; those of tables and views go with these
            select 'type', t.oid::regtype::text, t.typowner, coalesce(t.typacl, acldefault('T', t.typowner))
            from pg_catalog.pg_type as t
            inner join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
            left join pg_catalog.pg_class as c on c.oid = t.typrelid
            where
                n.nspname = any(array['erp', 'erp_api', 'erp_data', 'erp_internal', 'erp_meta'])
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

-- 3. Whoever reads: erp_reader, erp_releaser, erp_operator, erp_writer.
grant usage on schema erp_api, erp_data to erp_reader, erp_releaser, erp_operator, erp_writer;
grant select on
erp_api.declaration_grid,
erp_api.declaration_movement_grid,
erp_api.lock_wait,
erp_api.material_grid,
erp_api.movement_history,
erp_api.my_companies,
erp_api.reason_code,
erp_api.release_grid,
erp_api.restore_grid,
erp_api.restore_movement_grid,
erp_api.run_history,
erp_api.run_order_history,
erp_api.run_row_history,
erp_data.company,
erp_data.item,
erp_data.item_location,
erp_data.item_mrp_parameter,
erp_data.item_variant,
erp_data.job_order,
erp_data.location,
erp_data.lot,
erp_data.material_lot,
erp_data.movement_reason,
erp_data.production_order,
erp_data.production_order_material,
erp_data.production_order_phase,
erp_data.site,
erp_data.stock_balance,
erp_data.stock_movement,
erp_data.warehouse,
erp_data.warehouse_rule
to erp_reader, erp_releaser, erp_operator, erp_writer;

-- The views read these tables for them, bound by row level security.
grant select on
erp.company,
erp.item,
erp.item_location,
erp.item_mrp_parameter,
erp.item_variant,
erp.job_order,
erp.location,
erp.lot,
erp.material_lot,
erp.material_lot_before_release,
erp.movement_reason,
erp.production_declaration,
erp.production_order,
erp.production_order_material,
erp.production_order_phase,
erp.production_parameter,
erp.released_material,
erp.removed_stock_movement,
erp.removed_stock_record,
erp.run,
erp.run_order,
erp.run_place,
erp.run_place_counter,
erp.run_row,
erp.site,
erp.stock_balance,
erp.stock_movement,
erp.stock_record,
erp.stock_record_counter,
erp.warehouse,
erp.warehouse_rule
to erp_view;

-- A view checks the functions that it and the policies call against its reader. Nobody has usage of erp_internal, so
-- they cannot be called by name.
grant execute on function
erp_internal.closes_order,
erp_internal.company_today,
erp_internal.member_companies,
erp_internal.member_company_flags,
erp_internal.member_company_set,
erp_internal.member_of_all_companies,
erp_internal.moved_quantity,
erp_internal.order_blockers,
erp_internal.reason_codes,
erp_internal.required_quantity,
erp_internal.with_scrap
to erp_reader, erp_releaser, erp_operator, erp_writer;

-- Whoever reads may follow what was done.
grant execute on function erp_api.next_runs
to erp_reader, erp_releaser, erp_operator, erp_writer;

-- 4. Whoever releases: erp_releaser, erp_operator. What takes releases and registrations back is not here.
grant execute on function
erp_api.close_production_orders,
erp_api.declare_production,
erp_api.diagnose_configuration,
erp_api.explain_material_source,
erp_api.order_feasibility,
erp_api.order_ids,
erp_api.preview_order_change,
erp_api.preview_registration,
erp_api.preview_release,
erp_api.preview_restore,
erp_api.register_declarations,
erp_api.release_production_orders
to erp_releaser, erp_operator;

-- 5. Whoever does everything: erp_operator.
grant execute on function
erp_api.archive_production_orders,
erp_api.check_integrity,
erp_api.delete_declarations,
erp_api.list_companies,
erp_api.merge_remainders,
erp_api.prune_request_keys,
erp_api.reopen_production_orders,
erp_api.restore_production_orders,
erp_api.rollback_declarations
to erp_operator;

-- 6. Whoever puts data and posts stock: erp_writer.
grant execute on function
erp_api.claim_configuration,
erp_api.post_stock,
erp_api.preview_data,
erp_api.preview_production_orders,
erp_api.preview_stock,
erp_api.prune_request_keys,
erp_api.put_data,
erp_api.put_production_orders,
erp_api.remove_stock
to erp_writer;

-- 7. Whoever archives history: erp_archivist. What it archives stands in what it is handed, so it reads nothing else.
grant usage on schema erp_api to erp_archivist;
grant select on erp_api.my_companies to erp_archivist;
grant execute on function
erp_api.archive_history,
erp_api.preview_archive_history
to erp_archivist;
grant execute on function
erp_internal.company_today,
erp_internal.member_companies,
erp_internal.member_company_flags,
erp_internal.member_company_set,
erp_internal.member_of_all_companies
to erp_archivist;

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
erp_meta.migration,
erp_meta.source
to erp_monitor;
grant execute on function
erp_internal.member_companies,
erp_internal.member_company_flags,
erp_internal.member_company_set,
erp_internal.member_of_all_companies
to erp_monitor;
