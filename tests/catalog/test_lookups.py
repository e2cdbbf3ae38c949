"""The lookups: PostgreSQL puts each into the query that asks it, as the probe by key that it is."""

import psycopg
from psycopg import sql

LOOKUPS = r"""
select p.proname::text, p.proargnames[1:p.pronargs], array(select format_type(t, null) from unnest(p.proargtypes) as t)
from pg_proc as p
inner join pg_language as l on l.oid = p.prolang and l.lanname = 'sql'
where
    p.pronamespace = 'erp_internal'::regnamespace and p.proretset
    and coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) ~* 'offset 0;?\s*(end)?\s*$'
order by 1
"""


def plan_beside_keys(connection: psycopg.Connection, name: str, parameters: list[str], types: list[str]) -> str:
    """Return the plan of a query that asks the lookup for each row of a set of keys."""
    query = sql.SQL(
        "explain (costs off) select x from unnest({sets}) as k ({names}) "
        "cross join lateral erp_internal.{name}({keys}) as x"
    ).format(
        sets=sql.SQL(", ").join(sql.SQL(f"array[null]::{kind}[]") for kind in types),
        names=sql.SQL(", ").join(sql.Identifier(p) for p in parameters),
        name=sql.Identifier(name),
        keys=sql.SQL(", ").join(sql.Identifier("k", p) for p in parameters),
    )
    return "\n".join(line for (line,) in connection.execute(query))


def test_every_lookup_becomes_a_probe_by_index_in_the_query_that_asks_it(rilascio: psycopg.Connection) -> None:
    rilascio.execute("set local enable_seqscan = off")  # as in the functions of erp_api
    lookups = rilascio.execute(LOOKUPS).fetchall()
    assert len(lookups) > 20
    plans = {name: plan_beside_keys(rilascio, name, parameters, types) for name, parameters, types in lookups}
    assert [name for name, plan in plans.items() if f"Function Scan on {name}" in plan] == []
    assert [name for name, plan in plans.items() if "Index" not in plan or "Seq Scan" in plan] == []


def test_one_that_is_not_put_into_the_query_shows_in_its_plan(rilascio: psycopg.Connection) -> None:
    rilascio.execute("alter function erp_internal.item_by_id volatile")
    plan = plan_beside_keys(rilascio, "item_by_id", ["p_company_id", "p_item_id"], ["integer", "bigint"])
    assert "Function Scan on item_by_id" in plan


TODAYS = """
with said (name, text) as (
    select p.oid::regprocedure::text, coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)
    from pg_proc as p
    where p.pronamespace = any(%(schemas)s::regnamespace[])
    union all
    select c.oid::regclass::text, pg_get_viewdef(c.oid)
    from pg_class as c
    where c.relnamespace = any(%(schemas)s::regnamespace[]) and c.relkind in ('v', 'm')
    union all
    select d.adrelid::regclass::text, pg_get_expr(d.adbin, d.adrelid)
    from pg_attrdef as d
    inner join pg_class as c on c.oid = d.adrelid
    where c.relnamespace = any(%(schemas)s::regnamespace[])
    union all
    select p.oid::regprocedure::text, pg_get_expr(p.proargdefaults, 0)
    from pg_proc as p
    where p.pronamespace = any(%(schemas)s::regnamespace[]) and p.proargdefaults is not null
    union all
    select c.conrelid::regclass::text, pg_get_constraintdef(c.oid)
    from pg_constraint as c
    where c.connamespace = any(%(schemas)s::regnamespace[])
)

select distinct s.name
from said as s
where
    s.text ~* '\\ycurrent_date\\y|(?<!'')\\ylocaltime(stamp)?\\y|''(today|tomorrow|yesterday)'''
    or s.text ~* (
        '(\\ynow\\(\\)|\\y(current|clock|statement|transaction)_timestamp\\y)[^,;]*'
        || '(::\\s*|\\yas\\s+)([a-z_]+[.])?date\\y'
    )
    or s.text ~* '\\yday_in\\(\\s*(pg_catalog[.])?(now\\(\\)|(current|clock|statement|transaction)_timestamp)'
    or s.text ~* '\\ydate_trunc\\(''(day|week|month|quarter|year)|\\ydate\\(|\\ydate\\s+''now'
order by 1
"""
"""Whatever asks what day it is."""

SCHEMAS = ["erp", "erp_api", "erp_data", "erp_internal", "erp_meta"]


def who_asks_for_today(connection: psycopg.Connection) -> list[str]:
    return [name for (name,) in connection.execute(TODAYS, {"schemas": SCHEMAS})]


def test_R18_what_day_it_is_is_asked_in_one_place(rilascio: psycopg.Connection) -> None:
    assert who_asks_for_today(rilascio) == ["erp_internal.company_today(integer)"]


def test_R18_whoever_else_asks_is_found(rilascio: psycopg.Connection) -> None:
    for nth, question in enumerate(
        (
            "current_date",
            "now()::date",
            "cast(pg_catalog.now() as date)",
            "(now() at time zone 'Europe/Rome')::date",
            "clock_timestamp()::pg_catalog.date",
            "date_trunc('day', now())",
            "'today'::date",
            "localtimestamp",
            "erp_internal.day_in(now(), null)",
        )
    ):
        rilascio.execute(f"create view erp_internal.view_{nth} as select {question} as day".encode())
        rilascio.execute(
            f"create function erp_internal.function_{nth}() returns void language plpgsql as"
            f" $$ begin perform {question}; end $$".encode()
        )
    found = who_asks_for_today(rilascio)
    # a view keeps the day that a word such as today meant when it was made
    assert [n for n in range(9) if f"erp_internal.view_{n}" not in found] == [6]
    assert [n for n in range(9) if f"erp_internal.function_{n}()" not in found] == []
