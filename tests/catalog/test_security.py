"""The deployed catalog gives nobody more than it should, and no caller can bend what a routine means.

Each check is a function that returns what is wrong. It is asked twice: of the product as it is deployed, where it finds
nothing, and after a breach, made in a transaction that is rolled back, where it must find that breach.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import namedtuple_row, scalar_row

from harness import catalog
from harness.testing import make_role

SCHEMAS = ["erp", "erp_api", "erp_internal", "erp_meta"]

VIEW_HELPERS = ["member_companies", "order_blockers", "order_feasibility"]
"""What the views call, and so whoever selects them must be allowed to execute."""

Check = Callable[[psycopg.Connection], list[str]]


def found(connection: psycopg.Connection, query: str) -> list[str]:
    """Return the one column of a query over the catalog; `%(schemas)s` are ours."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query.encode(), {"schemas": SCHEMAS}).fetchall()


# --- privileges ------------------------------------------------------------------------------------------------------

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
    views = found(connection, "select relname::text from pg_class where relnamespace = 'erp_api'::regnamespace")
    routines = found(connection, "select proname::text from pg_proc where pronamespace = 'erp_api'::regnamespace")
    assert views
    assert routines
    matrix = {
        *(f"{role} USAGE schema erp_api" for role in ("erp_operator", "erp_reader")),
        *(f"{role} SELECT view erp_api.{view}" for role in ("erp_operator", "erp_reader") for view in views),
        *(f"erp_operator EXECUTE routine erp_api.{routine}" for routine in routines),
        *(
            f"{role} EXECUTE routine erp_internal.{routine}"
            for role in ("erp_operator", "erp_reader")
            for routine in VIEW_HELPERS
        ),
    }
    return sorted(matrix.symmetric_difference(found(connection, GRANTED)))


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
        where r.rolname in ('erp_owner', 'erp_operator', 'erp_reader') and v.has
        union all
        select format('%%s is a member of %%s', m.rolname, o.rolname)
        from pg_roles as m
        cross join pg_roles as o
        where m.rolname in ('erp_owner', 'erp_operator', 'erp_reader') and o.oid <> m.oid
        and pg_has_role(m.oid, o.oid, 'member')
        union all
        -- what comes with PostgreSQL itself, before any grant of ours, and is not for a schema of ours
        select format('%%s may create in %%s', r.rolname, n.nspname)
        from pg_roles as r
        cross join pg_namespace as n
        where r.rolname in ('erp_operator', 'erp_reader') and n.nspname = any(%(schemas)s)
        and has_schema_privilege(r.oid, n.oid, 'create')
        """,
    )


def what_a_reader_may_call(connection: psycopg.Connection) -> list[str]:
    """Functions of the interface that a reader, or anybody who is no operator, may execute."""
    return found(
        connection,
        """
        select concat_ws(' ', r.role, p.oid::regprocedure)
        from pg_proc as p
        cross join unnest(array['erp_reader', 'public']) as r (role)
        where p.pronamespace = 'erp_api'::regnamespace and has_function_privilege(r.role, p.oid, 'execute')
        """,
    )


# --- routines and views ----------------------------------------------------------------------------------------------


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


def routines_run_on_a_callers_path(connection: psycopg.Connection) -> list[str]:
    """Routines that others than the owner may call, or that a trigger calls, and that do not bring a path of their own.

    All the others are called by these alone, and so on their path. What is parsed when it is made needs none.
    """
    return found(
        connection,
        """
        select p.oid::regprocedure::text
        from pg_proc as p
        inner join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname = any(%(schemas)s)
        and (
            p.prorettype = 'trigger'::regtype
            or exists (
                select
                from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a
                where a.grantee <> p.proowner
            )
        )
        and not coalesce('search_path=pg_catalog, pg_temp' = any(p.proconfig), false)
        """,
    )


def views_that_leak(connection: psycopg.Connection) -> list[str]:
    """Views that let a function of the reader's see the rows of others, or that read with the reader's rights.

    Those that only other views select are behind the barriers of these.
    """
    return found(
        connection,
        """
        select c.oid::regclass::text
        from pg_class as c
        inner join pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = any(%(schemas)s) and c.relkind in ('v', 'm')
        and exists (select from aclexplode(c.relacl) as a where a.grantee <> c.relowner)
        and (
            not coalesce(c.reloptions && array['security_barrier=true', 'security_barrier=on'], false)
            or coalesce(c.reloptions::text ~ 'security_invoker=(true|on)', false)
            or c.relkind = 'm'
        )
        """,
    )


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


# --- names -----------------------------------------------------------------------------------------------------------

ROUTINES = """
select
    p.oid::regprocedure::text as name,
    p.prosrc as source,
    coalesce(p.proargnames, '{}') as names,
    coalesce(p.proargmodes::text[], array_fill('i'::text, array[p.pronargs])) as modes,
    p.proretset as returns_set,
    p.prorettype::regtype::text as returned,
    p.proconfig is not null and 'search_path=pg_catalog, pg_temp' = any(p.proconfig) as pinned,
    array(
        select x
        from pg_trigger as t
        cross join unnest(array[t.tgoldtable, t.tgnewtable]) as x
        where t.tgfoid = p.oid and x is not null
    )::text[] as transition_tables
from pg_proc as p
inner join pg_namespace as n on n.oid = p.pronamespace
inner join pg_language as l on l.oid = p.prolang
where n.nspname = any(%s) and l.lanname = 'plpgsql'
order by 1
"""

DECLARED = re.compile(r"^(\s*[vc]_\w+ (?:constant )?)(\w+(?:\.\w+)?)( ?\[\])?(?= ?;| ?:=)", re.MULTILINE)


def expressions(tree: Any) -> Iterator[str]:
    """Yield every SQL statement and expression of a parsed routine, as a statement."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "PLpgSQL_expr":
                mode, text = value.get("parseMode", 0), value["query"]
                # 0 is a statement, 2 an expression, 3 and above an assignment to a variable
                yield text if mode == 0 else f"select {text if mode == 2 else text.partition(':=')[2]}"
            yield from expressions(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from expressions(value)


def unqualified_names(connection: psycopg.Connection) -> list[str]:
    """Names in the routines' bodies that a path decides about, in PostgreSQL's own grammar.

    Tables always say where they are, but for those of a `with` and a trigger's transition tables. So do types and
    functions, but for PostgreSQL's own: its types everywhere, its functions in a routine that pins its path. In the
    others only unnest stays bare: over several arrays it is part of the grammar, and qualified it is another thing.
    """
    pglast = pytest.importorskip("pglast")
    from pglast import ast, visitors

    types = set(found(connection, "select typname::text from pg_type where typnamespace = 'pg_catalog'::regnamespace"))
    functions = set(
        found(connection, "select proname::text from pg_proc where pronamespace = 'pg_catalog'::regnamespace")
    )

    class Names(visitors.Visitor):  # type: ignore[misc, name-defined]
        """Collects what is named where."""

        def __init__(self) -> None:
            self.local: set[str] = set()
            self.tables: set[str] = set()
            self.functions: set[str] = set()
            self.types: set[str] = set()

        def visit_CommonTableExpr(self, _: Any, node: ast.CommonTableExpr) -> None:
            self.local.add(node.ctename)

        def visit_LockingClause(self, _: Any, node: ast.LockingClause) -> Any:
            return visitors.Skip  # for update of …: these are aliases

        def visit_RangeVar(self, _: Any, node: ast.RangeVar) -> None:
            if node.schemaname is None:
                self.tables.add(node.relname)

        def visit_FuncCall(self, _: Any, node: ast.FuncCall) -> None:
            if len(node.funcname) == 1:
                self.functions.add(node.funcname[0].sval)

        def visit_TypeName(self, _: Any, node: ast.TypeName) -> None:
            if node.names and len(node.names) == 1:
                self.types.add(node.names[0].sval)

    problems = []
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        routines = cursor.execute(ROUTINES, [SCHEMAS]).fetchall()
    for routine in routines:
        # the parser knows no schemas of ours: what it must know of the head and the declarations is their names
        told = {"o": "out", "b": "inout", "t": "out"}
        arguments = ", ".join(
            f"{told.get(mode, 'in')} {name} text" for name, mode in zip(routine.names, routine.modes, strict=True)
        )
        outs = sum(mode in told for mode in routine.modes)
        if routine.returned in ("trigger", "void"):
            returned = routine.returned
        else:
            returned = "record" if outs > 1 or (routine.returns_set and not outs) else "text"
        body = DECLARED.sub(
            lambda match: match[1] + ("text []" if match[3] else "record") if "." in match[2] else match[0],
            routine.source,
        )
        tree = json.loads(
            pglast.parser.parse_plpgsql_json(
                f"create function f({arguments}) returns {'setof ' if routine.returns_set else ''}{returned}"
                f" language plpgsql as $body$ {body} $body$"
            )
        )
        declared = {match[2] for match in DECLARED.finditer(routine.source.partition("\nbegin\n")[0])}
        names = Names()
        names.types |= {name for name in declared if "." not in name and not is_type(connection, name)}
        statements = list(expressions(tree))
        assert statements, routine.name
        for statement in statements:
            seen = Names()
            seen(pglast.parse_sql(statement))
            names.tables |= seen.tables - seen.local
            names.functions |= seen.functions
            names.types |= seen.types - types
        names.tables -= set(routine.transition_tables)
        names.functions -= functions if routine.pinned else {"unnest"}
        problems += [
            f"{routine.name}: {kind} {name}"
            for kind, bare in (("table", names.tables), ("function", names.functions), ("type", names.types))
            for name in sorted(bare)
        ]
    return problems


def is_type(connection: psycopg.Connection, name: str) -> bool:
    """Tell whether PostgreSQL itself has a type of that name, `integer` and its like included."""
    with connection.transaction():
        connection.execute("set local search_path = pg_catalog")
        row = connection.execute("select to_regtype(%s) is not null", [name]).fetchone()
    return bool(row and row[0])


# --- the checks and what they must see -------------------------------------------------------------------------------

CHECKS: list[Check] = [
    privileges_beyond_the_matrix,
    powers_of_the_roles,
    what_a_reader_may_call,
    bendable_definers,
    routines_run_on_a_callers_path,
    views_that_leak,
    dynamic_sql,
    late_parsed_sql,
    strange_dependencies,
    unqualified_names,
]

PLPGSQL = "create function erp_internal.careless(p_id integer) returns bigint language plpgsql {} as $$ {} $$"
PINNED = "security definer set search_path = pg_catalog, pg_temp"

BREACHES: list[tuple[Check, str, str]] = [
    (privileges_beyond_the_matrix, "grant usage on schema erp to public", "public USAGE schema erp"),
    (privileges_beyond_the_matrix, "grant create on schema erp_api to erp_operator", "CREATE schema erp_api"),
    (privileges_beyond_the_matrix, "grant usage on schema erp_internal to erp_reader", "USAGE schema erp_internal"),
    (privileges_beyond_the_matrix, "grant select on erp.item to erp_reader", "erp_reader SELECT table erp.item"),
    (privileges_beyond_the_matrix, "grant update (note) on erp.run to erp_operator", "UPDATE column erp.run.note"),
    (privileges_beyond_the_matrix, "grant insert on erp_api.company to erp_operator", "INSERT view erp_api.company"),
    (privileges_beyond_the_matrix, "grant select on erp_api.company to public", "public SELECT view"),
    (privileges_beyond_the_matrix, "grant usage on sequence erp.run_run_id_seq to erp_operator", "USAGE sequence"),
    (
        privileges_beyond_the_matrix,
        "grant select on erp_internal.order_sheet to erp_reader",
        "erp_internal.order_sheet",
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
        "grant execute on function erp_internal.in_maintenance to erp_operator",
        "erp_internal.in_maintenance",
    ),
    (
        privileges_beyond_the_matrix,
        "revoke execute on function erp_api.preview_restore from erp_operator",
        "erp_api.preview_restore",
    ),
    (privileges_beyond_the_matrix, PLPGSQL.format(PINNED, "begin return 1; end"), "public EXECUTE routine"),
    (privileges_beyond_the_matrix, "create view erp_api.fresh as select 1 as a", "SELECT view erp_api.fresh"),
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
    (powers_of_the_roles, "alter role erp_operator createrole", "erp_operator createrole"),
    (powers_of_the_roles, "alter role erp_owner login", "erp_owner login"),
    (powers_of_the_roles, "grant erp_owner to erp_operator", "erp_operator is a member of erp_owner"),
    (powers_of_the_roles, "grant pg_read_all_data to erp_reader", "erp_reader is a member of pg_read_all_data"),
    (powers_of_the_roles, "grant create on schema erp to public", "erp_reader may create in erp"),
    (what_a_reader_may_call, "grant erp_operator to erp_reader", "erp_reader erp_api.preview_restore"),
    (what_a_reader_may_call, "grant execute on function erp_api.preview_restore to public", "public erp_api.preview"),
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
    (routines_run_on_a_callers_path, "grant execute on function erp_internal.reason to erp_reader", "reason"),
    (routines_run_on_a_callers_path, "alter function erp_internal.protect_status reset search_path", "protect_status"),
    (views_that_leak, "alter view erp_api.company reset (security_barrier)", "erp_api.company"),
    (views_that_leak, "alter view erp_api.release_grid set (security_barrier = false)", "erp_api.release_grid"),
    (views_that_leak, "grant select on erp_internal.order_sheet to erp_reader", "erp_internal.order_sheet"),
    (views_that_leak, "alter view erp_api.company set (security_invoker = true)", "erp_api.company"),
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
    (unqualified_names, PLPGSQL.format(PINNED, "begin return (select count(*) from item); end"), "table item"),
    (
        unqualified_names,
        PLPGSQL.format(PINNED, "begin if false then update run set note = ''; end if; return 1; end"),
        "table run",
    ),
    (unqualified_names, PLPGSQL.format(PINNED, "begin return caller_role(); end"), "function caller_role"),
    (unqualified_names, PLPGSQL.format("", "begin return abs(p_id); end"), "function abs"),
    (unqualified_names, PLPGSQL.format(PINNED, "begin return (null::refusal).line; end"), "type refusal"),
    (
        unqualified_names,
        PLPGSQL.format("", "\ndeclare\n    v_a refusal;\nbegin\n    v_a := null;\n    return 1;\nend").replace(
            "create function", "set search_path = erp_internal; create function"
        ),
        "type refusal",
    ),
    (
        unqualified_names,
        PLPGSQL.format(
            "", "\ndeclare\n    v_a bigint;\nbegin\n    v_a := (select max(a) from item as a);\n    return 1;\nend"
        ),
        "table item",
    ),
    (
        unqualified_names,
        PLPGSQL.format("", "begin for i in 1..length('a') loop perform 1; end loop; return 1; end"),
        "function length",
    ),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_deployed_catalog_is_in_order(rilascio: psycopg.Connection, check: Check) -> None:
    assert check(rilascio) == []


@pytest.mark.parametrize(
    ("check", "breach", "seen"), BREACHES, ids=[f"{check.__name__}-{seen}" for check, _, seen in BREACHES]
)
def test_a_breach_is_seen(rilascio: psycopg.Connection, check: Check, breach: str, seen: str) -> None:
    rilascio.execute(breach.encode())
    assert any(seen in told for told in check(rilascio))


def test_every_check_has_a_breach_that_it_sees() -> None:
    assert {check for check, _, _ in BREACHES} == set(CHECKS)


def test_a_deployment_finds_nothing_unsafe_either(rilascio: psycopg.Connection) -> None:
    assert catalog.unsafe(rilascio) == []


@pytest.mark.parametrize("member_of", ["erp_operator", "erp_reader"])
def test_who_is_given_a_role_of_ours_holds_no_privilege_on_a_table_or_a_sequence(
    rilascio: psycopg.Connection, member_of: str
) -> None:
    """Asked of PostgreSQL's own functions, which count what comes through other roles and through everybody."""
    role = make_role(rilascio, member_of)
    held = rilascio.execute(
        """
        select c.oid::regclass::text
        from pg_class as c
        where c.relnamespace::regnamespace::text = any(%(schemas)s)
        and case c.relkind
            when 'S' then has_sequence_privilege(%(role)s, c.oid, 'usage, select, update')
            when 'v' then
                has_table_privilege(%(role)s, c.oid, 'insert, update, delete, truncate, references, trigger')
                or has_any_column_privilege(%(role)s, c.oid, 'insert, update, references')
            else
                has_table_privilege(%(role)s, c.oid, 'select, insert, update, delete, truncate, references, trigger')
                or has_any_column_privilege(%(role)s, c.oid, 'select, insert, update, references')
        end
        and c.relkind in ('r', 'p', 'f', 'v', 'm', 'S')
        """,
        {"schemas": SCHEMAS, "role": role},
    ).fetchall()
    assert held == []
