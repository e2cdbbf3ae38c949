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
