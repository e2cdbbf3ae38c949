"""Checks of routines and views: no caller can bend what they mean, or see through them."""

from __future__ import annotations

import re

import psycopg

from tests.catalog.security.common import PINNED, PLPGSQL, SCHEMAS, Breach, Check, found


def bendable_definers(connection: psycopg.Connection) -> list[str]:
    """Security definer routines whose path is not pinned, with `pg_temp` at its end."""
    return found(
        connection,
        """
        select p.oid::regprocedure::text
        from pg_proc as p
        inner join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname = any(%(schemas)s) and p.prosecdef
        and not coalesce('search_path=pg_catalog, pg_temp' = any(p.proconfig), false)
        """,
    )


CALLED_IN = """
    p.prorettype = 'trigger'::regtype
    or exists (
        select
        from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a
        where a.grantee <> p.proowner
    )
"""
"""Of a routine p: a trigger or somebody else than the owner calls it."""


def routines_run_on_a_callers_path(connection: psycopg.Connection) -> list[str]:
    """Routines that others than the owner may call, or that a trigger calls, and that do not bring a path of their own.

    All the others are called by these alone, and so on their path. What is parsed when it is made needs none.
    """
    return found(
        connection,
        f"""
        select p.oid::regprocedure::text
        from pg_proc as p
        inner join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname = any(%(schemas)s)
        and (
            {CALLED_IN}
        )
        and p.prosqlbody is null and not coalesce('search_path=pg_catalog, pg_temp' = any(p.proconfig), false)
        """,
    )


def routines_that_compile_their_plans(connection: psycopg.Connection) -> list[str]:
    """Routines that trigger or call in, plan without some kind of join or scan, and do not switch compilation off.

    What cannot be had is dear to the planner, so dear that a server with LLVM compiles the plan: 0.2 s for one row.
    Others are called by these alone, and so without it.
    """
    return found(
        connection,
        f"""
        select p.oid::regprocedure::text
        from pg_proc as p
        inner join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname = any(%(schemas)s)
        and (
            {CALLED_IN}
            and p.proconfig::text ~ 'enable_'
        )
        and not coalesce('jit=off' = any(p.proconfig), false)
        """,
    )


VIEWS_READ = """
with recursive read (oid, view) as (
    select c.oid, c.oid
    from pg_class as c
    inner join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = any(%(schemas)s) and c.relkind in ('v', 'm')
    and exists (select from aclexplode(c.relacl) as a where a.grantee <> c.relowner)
    union
    select d.refobjid, v.view
    from read as v
    inner join pg_rewrite as r on r.ev_class = v.oid
    inner join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
    where d.refclassid = 'pg_class'::regclass
)
"""
"""Whatever the views that clients may select read, through whatever views."""


def views_that_leak(connection: psycopg.Connection) -> list[str]:
    """Views that clients may select and that read past row level security: as a superuser, as an owner of tables, as a
    role that may bypass it; and those that read with the reader's rights, or keep what they once read."""
    return found(
        connection,
        VIEWS_READ
        + """
        select distinct c.oid::regclass::text
        from read as v
        inner join pg_class as c on c.oid = v.oid and c.relkind in ('v', 'm')
        inner join pg_roles as o on o.oid = c.relowner
        where c.relnamespace <> 'pg_catalog'::regnamespace
        and (
            o.rolsuper or o.rolbypassrls or c.relkind = 'm'
            or coalesce(c.reloptions::text ~ 'security_invoker=(true|on)', false)
            or exists (
                select
                from read as t
                inner join pg_class as r on r.oid = t.oid and r.relkind not in ('v', 'm')
                where t.view = v.view and r.relowner = c.relowner
            )
            or exists (
                select from pg_class as r where r.relnamespace = 'erp'::regnamespace and r.relowner = c.relowner
            )
        )
        """,
    )


def tables_that_views_read_unbound(connection: psycopg.Connection) -> list[str]:
    """Tables that a client's view reads and that are not ours to bind, and tables of ours whose rows are not bound to
    the reader's companies."""
    return found(
        connection,
        VIEWS_READ
        + """
        select distinct c.oid::regclass::text || ' is no table of ours'
        from read as v
        inner join pg_class as c on c.oid = v.oid and c.relkind not in ('v', 'm')
        where c.relnamespace not in ('erp'::regnamespace, 'pg_catalog'::regnamespace)
        union all
        select c.oid::regclass::text || ' is not bound'
        from pg_class as c
        where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p', 'f', 'm')
        and (
            not c.relrowsecurity or c.relforcerowsecurity
            or (
                select array_agg(regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\\s+', ' ', 'g'))
                from pg_policy as p
                where p.polrelid = c.oid
            )
            is distinct from array[
                '( CASE WHEN ( SELECT erp_internal.member_of_all_companies(CURRENT_USER) AS member_of_all_companies)'
                ' THEN true ELSE COALESCE((( SELECT erp_internal.member_company_flags(CURRENT_USER)'
                ' AS member_company_flags))[company_id], ((( SELECT erp_internal.member_company_set(CURRENT_USER)'
                ' AS member_company_set))[company_id] IS NOT NULL)) END AND (company_id = ANY ('
                '( SELECT erp_internal.member_companies(CURRENT_USER) AS member_companies)::integer[])))'
            ]
        )
        """,
    )


ASKED_FIRST = re.compile(
    r"^begin\s+perform erp_internal\."
    r"(assert_(member|checker)\(p_company_id\)|assert_version\(\);\s+perform erp_internal\.assert_own_work\(\));",
    re.MULTILINE,
)
ASKED = re.compile(r"^    perform erp_internal\.assert_own_work\(\);", re.MULTILINE)


def functions_that_serve_anybody(connection: psycopg.Connection) -> list[str]:
    """Functions of the interface that do not first ask who calls, and whether it is the caller's own work."""
    rows = connection.execute(
        "select p.oid::regprocedure::text, p.prosrc, n.nspname from pg_proc as p"
        " inner join pg_namespace as n on n.oid = p.pronamespace"
        " where n.nspname = 'erp_api' or p.oid in"
        " ('erp_internal.assert_member'::regproc, 'erp_internal.assert_checker'::regproc)"
    ).fetchall()
    return [name for name, source, schema in rows if not (ASKED_FIRST if schema == "erp_api" else ASKED).search(source)]


WORDS = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|(?P<word>[a-z_]\w*)", re.DOTALL | re.I)


def dynamic_sql(connection: psycopg.Connection) -> list[str]:
    """Routines that put SQL together: there is none that needs to."""
    rows = connection.execute(
        "select p.oid::regprocedure::text, p.prosrc from pg_proc as p"
        " inner join pg_namespace as n on n.oid = p.pronamespace where n.nspname = any(%s)",
        [SCHEMAS],
    ).fetchall()
    assert rows
    return [
        name
        for name, source in rows
        if any((word["word"] or "").lower() == "execute" for word in WORDS.finditer(source))
    ]


def late_parsed_sql(connection: psycopg.Connection) -> list[str]:
    """Routines in SQL that are parsed when they are called; ours are when they are made (`begin atomic`, `return`)."""
    return found(
        connection,
        """
        select p.oid::regprocedure::text
        from pg_proc as p
        inner join pg_namespace as n on n.oid = p.pronamespace
        inner join pg_language as l on l.oid = p.prolang
        where n.nspname = any(%(schemas)s)
        and (l.lanname not in ('sql', 'plpgsql') or l.lanname = 'sql' and p.prosqlbody is null)
        """,
    )


def strange_dependencies(connection: psycopg.Connection) -> list[str]:
    """Whatever was parsed when it was made and then found a name elsewhere than in our schemas or PostgreSQL's."""
    return found(
        connection,
        """
        select distinct pg_describe_object(d.classid, d.objid, d.objsubid) || ': '
            || pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid)
        from pg_depend as d
        cross join lateral pg_identify_object(d.classid, d.objid, d.objsubid) as ours
        cross join lateral pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as used
        left join pg_rewrite as w on d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
        left join pg_trigger as t on d.classid = 'pg_trigger'::regclass and t.oid = d.objid
        left join pg_class as c on c.oid in (w.ev_class, t.tgrelid)
        where d.deptype in ('n', 'a')
        and coalesce(ours.schema, c.relnamespace::regnamespace::text) = any(%(schemas)s)
        and used.schema is not null and used.schema <> 'pg_catalog' and used.schema <> all(%(schemas)s)
        """,
    )


CHECKS: list[Check] = [
    bendable_definers,
    routines_run_on_a_callers_path,
    routines_that_compile_their_plans,
    views_that_leak,
    tables_that_views_read_unbound,
    functions_that_serve_anybody,
    dynamic_sql,
    late_parsed_sql,
    strange_dependencies,
]

BREACHES: list[Breach] = [
    (bendable_definers, PLPGSQL.format("security definer", "begin return 1; end"), "careless"),
    (
        bendable_definers,
        PLPGSQL.format("security definer set search_path = pg_catalog", "begin return 1; end"),
        "careless",
    ),
    (
        bendable_definers,
        PLPGSQL.format("security definer set search_path = pg_temp, pg_catalog", "begin return 1; end"),
        "careless",
    ),
    (bendable_definers, "alter function erp_api.preview_restore reset search_path", "preview_restore"),
    (routines_run_on_a_callers_path, "grant execute on function erp_internal.show_plan to erp_reader", "show_plan"),
    (routines_run_on_a_callers_path, "alter function erp_internal.protect_orders reset search_path", "protect_orders"),
    (routines_that_compile_their_plans, "alter function erp_internal.protect_orders reset jit", "protect_orders"),
    (routines_that_compile_their_plans, "alter function erp_api.preview_release reset jit", "preview_release"),
    (views_that_leak, "alter view erp_api.my_companies owner to erp_owner", "erp_api.my_companies"),
    (views_that_leak, "alter view erp_internal.order_base owner to erp_owner", "erp_internal.order_base"),
    (views_that_leak, "alter view erp_api.my_companies owner to current_user", "erp_api.my_companies"),
    (views_that_leak, "alter role erp_view bypassrls", "erp_api.release_grid"),
    (views_that_leak, "alter view erp_api.my_companies set (security_invoker = true)", "erp_api.my_companies"),
    (views_that_leak, "alter table erp.item owner to erp_view", "erp_api.my_companies"),
    (
        tables_that_views_read_unbound,
        "create table public.other (a int); create view erp_api.careless as table public.other;"
        "grant select on erp_api.careless to erp_reader",
        "other is no table of ours",
    ),
    (tables_that_views_read_unbound, "create table erp.fresh (company_id integer)", "erp.fresh is not bound"),
    (tables_that_views_read_unbound, "alter table erp.item disable row level security", "erp.item is not bound"),
    (tables_that_views_read_unbound, "create policy open on erp.lot using (true)", "erp.lot is not bound"),
    (tables_that_views_read_unbound, "drop policy rows_of_the_readers_companies on erp.run", "erp.run is not bound"),
    (
        functions_that_serve_anybody,
        PLPGSQL.format(PINNED, "begin return 1; end").replace("erp_internal", "erp_api"),
        "erp_api.careless",
    ),
    (
        functions_that_serve_anybody,
        "create or replace function erp_internal.assert_member(p_company_id integer) returns void language plpgsql"
        " as $$ begin perform 1; end $$",
        "assert_member",
    ),
    (dynamic_sql, PLPGSQL.format("", "begin execute 'select ' || p_id; return 1; end"), "careless"),
    (
        dynamic_sql,
        PLPGSQL.format("", "begin /* ' */ return query\n EXECUTE format('select %s', p_id); end").replace(
            "returns bigint", "returns setof bigint"
        ),
        "careless",
    ),
    (
        late_parsed_sql,
        "create function erp_internal.careless() returns bigint language sql as 'select count(*) from erp.item'",
        "careless",
    ),
    (
        strange_dependencies,
        "create table public.other (a int); create view erp_api.careless as table public.other",
        "other",
    ),
    (
        strange_dependencies,
        "create function public.other() returns int return 1;"
        "create function erp_internal.careless() returns int return public.other()",
        "other",
    ),
]
