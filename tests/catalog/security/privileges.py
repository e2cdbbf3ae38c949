"""Checks of privileges: nobody but the owner may do more than the matrix says."""

from __future__ import annotations

import psycopg

from tests.catalog.security.common import PINNED, PLPGSQL, Breach, Check, found

READING = ["erp_reader", "erp_releaser", "erp_operator", "erp_writer"]
RELEASING = ["erp_releaser", "erp_operator"]

VIEWS = [
    "declaration_grid",
    "declaration_movement_grid",
    "lock_wait",
    "material_grid",
    "movement_history",
    "my_companies",
    "reason_code",
    "release_grid",
    "restore_grid",
    "restore_movement_grid",
    "run_history",
    "run_order_history",
    "run_row_history",
]

DATA_VIEWS = [
    "company",
    "item",
    "item_location",
    "item_mrp_parameter",
    "item_variant",
    "job_order",
    "location",
    "lot",
    "material_lot",
    "movement_reason",
    "production_order",
    "production_order_material",
    "production_order_phase",
    "site",
    "stock_balance",
    "stock_movement",
    "warehouse",
    "warehouse_rule",
]

VIEW_HELPERS = [
    "closes_order",
    "company_today",
    "member_companies",
    "member_company_flags",
    "member_company_set",
    "member_of_all_companies",
    "moved_quantity",
    "order_blockers",
    "reason_codes",
    "required_quantity",
    "with_scrap",
]
"""What the views and policies call, and so whoever selects them must be allowed to execute."""

TABLES = [
    "company",
    "item",
    "item_variant",
    "job_order",
    "location",
    "lot",
    "movement_reason",
    "production_declaration",
    "production_order",
    "production_order_phase",
    "production_parameter",
    "released_material",
    "removed_stock_movement",
    "removed_stock_record",
    "run",
    "run_order",
    "run_place",
    "run_place_counter",
    "run_row",
    "site",
    "stock_balance",
    "stock_movement",
    "stock_record",
    "stock_record_counter",
    "item_location",
    "item_mrp_parameter",
    "material_lot",
    "material_lot_before_release",
    "production_order_material",
    "warehouse_rule",
    "warehouse",
]
"""What the views read, as the role that owns them; bound by row level security."""

ROUTINES = {
    "archive_history": ["erp_archivist"],
    "archive_production_orders": ["erp_operator"],
    "check_integrity": ["erp_operator", "erp_monitor"],
    "claim_configuration": ["erp_writer"],
    "close_production_orders": RELEASING,
    "declare_production": RELEASING,
    "delete_declarations": ["erp_operator"],
    "diagnose_configuration": RELEASING,
    "explain_material_source": RELEASING,
    "list_companies": ["erp_operator", "erp_monitor"],
    "merge_remainders": ["erp_operator"],
    "next_runs": ["erp_reader", *RELEASING, "erp_writer"],
    "order_feasibility": RELEASING,
    "order_ids": RELEASING,
    "post_stock": ["erp_writer"],
    "preview_archive_history": ["erp_archivist"],
    "preview_data": ["erp_writer"],
    "preview_production_orders": ["erp_writer"],
    "preview_order_change": RELEASING,
    "preview_registration": RELEASING,
    "preview_release": RELEASING,
    "preview_restore": RELEASING,
    "preview_stock": ["erp_writer"],
    "prune_request_keys": ["erp_operator", "erp_writer"],
    "put_data": ["erp_writer"],
    "put_production_orders": ["erp_writer"],
    "register_declarations": RELEASING,
    "remove_stock": ["erp_writer"],
    "release_production_orders": RELEASING,
    "reopen_production_orders": ["erp_operator"],
    "restore_production_orders": ["erp_operator"],
    "rollback_declarations": ["erp_operator"],
}
"""Who may call which function of erp_api."""

MONITORING = {
    "erp_monitor USAGE schema erp_api",
    "erp_monitor USAGE schema erp_meta",
    "erp_monitor SELECT view erp_api.lock_wait",
    "erp_monitor SELECT table erp_meta._yoyo_migration",
    "erp_monitor SELECT table erp_meta.deployment",
    "erp_monitor SELECT table erp_meta.expected_object",
    "erp_monitor SELECT table erp_meta.migration",
    "erp_monitor SELECT table erp_meta.source",
    "erp_monitor EXECUTE routine erp_internal.member_companies",
    "erp_monitor EXECUTE routine erp_internal.member_company_flags",
    "erp_monitor EXECUTE routine erp_internal.member_company_set",
    "erp_monitor EXECUTE routine erp_internal.member_of_all_companies",
}
"""What whoever watches may do besides calling functions: read what is deployed, and who waits for whom."""

ARCHIVING = {
    "erp_archivist USAGE schema erp_api",
    "erp_archivist SELECT view erp_api.my_companies",
    "erp_archivist EXECUTE routine erp_internal.company_today",
    "erp_archivist EXECUTE routine erp_internal.member_companies",
    "erp_archivist EXECUTE routine erp_internal.member_company_flags",
    "erp_archivist EXECUTE routine erp_internal.member_company_set",
    "erp_archivist EXECUTE routine erp_internal.member_of_all_companies",
}
"""What whoever archives history may do besides: ask for its companies."""

MATRIX = {
    *(f"{role} USAGE schema {schema}" for role in READING for schema in ("erp_api", "erp_data")),
    *(f"{role} SELECT view erp_api.{view}" for role in READING for view in VIEWS),
    *(f"{role} SELECT view erp_data.{view}" for role in READING for view in DATA_VIEWS),
    *(f"erp_view SELECT table erp.{table}" for table in TABLES),
    *(f"{role} EXECUTE routine erp_internal.{routine}" for role in READING for routine in VIEW_HELPERS),
    *MONITORING,
    *ARCHIVING,
    *(f"{role} EXECUTE routine erp_api.{routine}" for routine, roles in ROUTINES.items() for role in roles),
}

GRANTED = """
with object (kind, name, owner, acl) as (
    select 'schema', n.nspname::text, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner))
    from pg_namespace as n
    where n.nspname = any(%(schemas)s)
    union all
    select
        case c.relkind when 'S' then 'sequence' when 'v' then 'view' else 'table' end,
        format('%%s.%%s', n.nspname, c.relname), c.relowner,
        coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's'::"char" else 'r' end, c.relowner))
    from pg_class as c
    inner join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all
    select 'column', format('%%s.%%s.%%s', n.nspname, c.relname, a.attname), c.relowner, a.attacl
    from pg_attribute as a
    inner join pg_class as c on c.oid = a.attrelid
    inner join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = any(%(schemas)s) and a.attacl is not null
    union all
    select
        'routine', format('%%s.%%s', n.nspname, p.proname), p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))
    from pg_proc as p
    inner join pg_namespace as n on n.oid = p.pronamespace
    where n.nspname = any(%(schemas)s)
    union all
    -- types made as such; those of tables and views go with these
    select 'type', format('%%s.%%s', n.nspname, t.typname), t.typowner, coalesce(t.typacl, acldefault('T', t.typowner))
    from pg_type as t
    inner join pg_namespace as n on n.oid = t.typnamespace
    left join pg_class as c on c.oid = t.typrelid
    where n.nspname = any(%(schemas)s) and (c.relkind = 'c' or t.typtype in ('d', 'e', 'r'))
    union all
    select format('default of %%s', d.defaclobjtype), coalesce(n.nspname, 'every schema'), d.defaclrole, d.defaclacl
    from pg_default_acl as d
    left join pg_namespace as n on n.oid = d.defaclnamespace
    where n.nspname = any(%(schemas)s) or pg_get_userbyid(d.defaclrole) = 'erp_owner'
)

select
    concat_ws(
        ' ', case a.grantee when 0 then 'public' else pg_get_userbyid(a.grantee) end, a.privilege_type,
        case when a.is_grantable then 'with grant option' end, o.kind, o.name
    )
from object as o
cross join lateral aclexplode(o.acl) as a
where a.grantee <> o.owner
order by 1
"""


def privileges_beyond_the_matrix(connection: psycopg.Connection) -> list[str]:
    """Whatever anybody but the owner may do that the matrix does not give, and what it gives and nobody may."""
    return sorted(MATRIX.symmetric_difference(found(connection, GRANTED)))


def what_nobody_is_given(connection: psycopg.Connection) -> list[str]:
    """Views and functions of the interface that nobody may use who releases, puts data or archives history."""
    return found(
        connection,
        """
        select c.oid::regclass::text
        from pg_class as c
        where c.relnamespace = 'erp_api'::regnamespace and c.relkind = 'v'
        and not has_table_privilege('erp_operator', c.oid, 'select')
        union all
        select p.oid::regprocedure::text
        from pg_proc as p
        where p.pronamespace = 'erp_api'::regnamespace
        and not has_function_privilege('erp_operator', p.oid, 'execute')
        and not has_function_privilege('erp_writer', p.oid, 'execute')
        and not has_function_privilege('erp_archivist', p.oid, 'execute')
        """,
    )


def powers_of_the_roles(connection: psycopg.Connection) -> list[str]:
    """Attributes and memberships by which our roles could do more than the matrix says."""
    return found(
        connection,
        """
        select concat_ws(' ', r.rolname, v.attribute)
        from pg_roles as r
        cross join lateral (
            values
            (r.rolsuper, 'superuser'), (r.rolcanlogin, 'login'), (r.rolcreaterole, 'createrole'),
            (r.rolcreatedb, 'createdb'), (r.rolreplication, 'replication'), (r.rolbypassrls, 'bypassrls'),
            (r.rolconfig is not null, 'settings of its own')
        ) as v (has, attribute)
        where r.rolname in (
            'erp_owner', 'erp_view', 'erp_operator', 'erp_releaser', 'erp_writer', 'erp_reader', 'erp_monitor'
        )
        and v.has
        union all
        select format('%%s is a member of %%s', m.rolname, o.rolname)
        from pg_roles as m
        cross join pg_roles as o
        where m.rolname in (
            'erp_owner', 'erp_view', 'erp_operator', 'erp_releaser', 'erp_writer', 'erp_reader', 'erp_monitor'
        )
        and o.oid <> m.oid
        and (m.rolname, o.rolname) <> ('erp_owner', 'erp_view') and pg_has_role(m.oid, o.oid, 'member')
        union all
        -- what comes with PostgreSQL itself, before any grant of ours, and is not for a schema of ours
        select format('%%s may create in %%s', r.rolname, n.nspname)
        from pg_roles as r
        cross join pg_namespace as n
        where r.rolname in ('erp_view', 'erp_operator', 'erp_releaser', 'erp_writer', 'erp_reader', 'erp_monitor')
        and n.nspname = any(%(schemas)s)
        and has_schema_privilege(r.oid, n.oid, 'create')
        """,
    )


def what_a_reader_may_call(connection: psycopg.Connection) -> list[str]:
    """Functions of the interface, but for the feed, that a reader, or anybody who has no role of ours, may execute."""
    return found(
        connection,
        """
        select concat_ws(' ', r.role, p.oid::regprocedure)
        from pg_proc as p
        cross join unnest(array['erp_reader', 'public']) as r (role)
        where p.pronamespace = 'erp_api'::regnamespace and has_function_privilege(r.role, p.oid, 'execute')
            and (r.role, p.proname) <> ('erp_reader', 'next_runs')
        """,
    )


CHECKS: list[Check] = [
    privileges_beyond_the_matrix,
    what_nobody_is_given,
    powers_of_the_roles,
    what_a_reader_may_call,
]

BREACHES: list[Breach] = [
    (privileges_beyond_the_matrix, "grant usage on schema erp to public", "public USAGE schema erp"),
    (privileges_beyond_the_matrix, "grant create on schema erp_api to erp_operator", "CREATE schema erp_api"),
    (privileges_beyond_the_matrix, "grant usage on schema erp_internal to erp_reader", "USAGE schema erp_internal"),
    (privileges_beyond_the_matrix, "grant select on erp.item to erp_reader", "erp_reader SELECT table erp.item"),
    (privileges_beyond_the_matrix, "grant update (note) on erp.run to erp_operator", "UPDATE column erp.run.note"),
    (
        privileges_beyond_the_matrix,
        "grant insert on erp_api.my_companies to erp_operator",
        "INSERT view erp_api.my_companies",
    ),
    (privileges_beyond_the_matrix, "grant select on erp_api.my_companies to public", "public SELECT view"),
    (privileges_beyond_the_matrix, "grant usage on sequence erp.run_run_id_seq to erp_operator", "USAGE sequence"),
    (
        privileges_beyond_the_matrix,
        "grant select on erp_internal.order_base to erp_reader",
        "erp_internal.order_base",
    ),
    (
        privileges_beyond_the_matrix,
        "grant execute on function erp_api.preview_restore to public",
        "public EXECUTE routine",
    ),
    (
        privileges_beyond_the_matrix,
        "grant execute on function erp_api.preview_restore to erp_operator with grant option",
        "with grant option",
    ),
    (
        privileges_beyond_the_matrix,
        "grant execute on function erp_internal.write_mode to erp_operator",
        "erp_internal.write_mode",
    ),
    (
        privileges_beyond_the_matrix,
        "revoke execute on function erp_api.preview_restore from erp_operator",
        "erp_api.preview_restore",
    ),
    (privileges_beyond_the_matrix, PLPGSQL.format(PINNED, "begin return 1; end"), "public EXECUTE routine"),
    (
        privileges_beyond_the_matrix,
        "alter default privileges for role erp_owner in schema erp grant select on tables to public",
        "public SELECT default of r erp",
    ),
    (
        privileges_beyond_the_matrix,
        "alter default privileges for role erp_owner grant execute on functions to erp_reader",
        "erp_reader EXECUTE default of f every schema",
    ),
    (
        privileges_beyond_the_matrix,
        "grant usage on type erp_internal.requested_order to public",
        "type erp_internal.requested",
    ),
    (
        privileges_beyond_the_matrix,
        "revoke select on erp_api.my_companies from erp_releaser",
        "erp_releaser SELECT view",
    ),
    (what_nobody_is_given, "create view erp_api.careless as select 1 as a", "careless"),
    (what_nobody_is_given, "revoke execute on function erp_api.preview_restore from erp_operator", "preview"),
    (powers_of_the_roles, "alter role erp_operator createrole", "erp_operator createrole"),
    (powers_of_the_roles, "alter role erp_owner login", "erp_owner login"),
    (powers_of_the_roles, "alter role erp_view bypassrls", "erp_view bypassrls"),
    (powers_of_the_roles, "grant create on schema erp_api to erp_view", "erp_view may create in erp_api"),
    (powers_of_the_roles, "grant erp_owner to erp_operator", "erp_operator is a member of erp_owner"),
    (powers_of_the_roles, "grant pg_read_all_data to erp_reader", "erp_reader is a member of pg_read_all_data"),
    (powers_of_the_roles, "grant create on schema erp to public", "erp_reader may create in erp"),
    (what_a_reader_may_call, "grant erp_operator to erp_reader", "erp_reader erp_api.preview_restore"),
    (what_a_reader_may_call, "grant execute on function erp_api.preview_restore to public", "public erp_api.preview"),
]
