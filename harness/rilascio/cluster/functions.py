"""The functions of the proxy, made from those of a shard.

Each is two: `erp_api.NAME` looks up the shard of the company and gives the shard's errors as they are, and
`erp_shard.NAME`, by PL/Proxy, sends the call there. What a session sets for itself (`SETTINGS`) travels with the call.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

from psycopg import sql
from psycopg.rows import class_row

from rilascio.deployment.common import OWNER, Connection
from rilascio.queries import read_query

SETTINGS = ("erp.actor", "erp.language", "TimeZone")
"""What a client may set for its session and a function of erp_api asks for."""

COMPANY = "p_company_id"


@dataclass(frozen=True)
class Function:
    """A function of erp_api, as the catalog describes it."""

    name: str
    arguments: str
    identity_arguments: str
    result: str
    volatility: str
    argument_names: list[str]
    argument_types: list[str]
    column_names: list[str]
    description: str | None
    grantees: list[str]

    @property
    def signature(self) -> tuple[object, ...]:
        """What a caller relies on."""
        return astuple(self)[:4]


def functions_of(connection: Connection) -> list[Function]:
    """Return the functions of erp_api that a database has."""
    with connection.cursor(row_factory=class_row(Function)) as cursor:
        return cursor.execute(read_query(__file__, "functions")).fetchall()


def make_functions(proxy: Connection, functions: list[Function]) -> None:
    """Make the functions of the proxy what those of the shards are; within a transaction, as superuser."""
    wanted = {
        "names": [one.name for one in functions],
        "arguments": [one.arguments for one in functions],
        "results": [one.result for one in functions],
    }
    for (name,) in proxy.execute(read_query(__file__, "functions_to_drop"), wanted).fetchall():
        proxy.execute(
            sql.SQL("drop function erp_api.{0}; drop function if exists erp_shard.{0}").format(sql.Identifier(name))
        )
    for one in functions:
        if one.result != "void":
            proxy.execute(_sent(one).encode())
            _grant(proxy, "erp_shard", one)
        proxy.execute(_called(one).encode())
        proxy.execute(sql.SQL("comment on function erp_api.{} is {}").format(sql.Identifier(one.name), one.description))
        _grant(proxy, "erp_api", one)


def _grant(proxy: Connection, schema: str, function: Function) -> None:
    name = sql.Identifier(schema, function.name)
    proxy.execute(sql.SQL("alter function {} owner to {}").format(name, sql.Identifier(OWNER)))
    proxy.execute(sql.SQL("revoke all on function {} from public").format(name))
    for grantee in function.grantees:
        proxy.execute(sql.SQL("grant execute on function {} to {}").format(name, sql.Identifier(grantee)))


def _sent(function: Function) -> str:
    """Return the statement of the function that PL/Proxy sends: the settings first, and then the call."""
    count = len(function.argument_names)
    settings = ", ".join(
        f"set_config('{name}', ${number}::text, true)" for number, name in enumerate(SETTINGS, count + 2)
    )
    arguments = [f"${number}::{kind}" for number, kind in enumerate(function.argument_types, 2)]
    if arguments:  # the call needs what the settings answer, so it comes after them
        arguments[0] = f"case when s.settings is not null then {arguments[0]} end"
    signature = ["p_shard_name text", function.identity_arguments, *(f"{_argument(name)} text" for name in SETTINGS)]
    return f"""
create or replace function erp_shard.{function.name}({", ".join(filter(None, signature))})
returns {function.result}
language plproxy
volatile
as $$
cluster erp_cluster.named_shard(p_shard_name);
run on any;
select {", ".join(f"f.{column}" for column in function.column_names) or "f.*"}
from (select array[{settings}] as settings offset 0) as s
cross join lateral erp_api.{function.name}({", ".join(arguments)}) as f;
$$"""


def _argument(setting: str) -> str:
    return f"p_setting_{setting.rpartition('.')[2].lower()}"


def _called(function: Function) -> str:
    """Return the statement of the function that clients call."""
    head = f"""
create or replace function erp_api.{function.name}({function.arguments})
returns {function.result}
language plpgsql
{function.volatility}
set search_path = pg_catalog, pg_temp
as $$"""
    if function.result == "void":
        # What answers nothing holds something for its caller's transaction, and at a shard that ends with the call.
        return f"""{head}
begin
    raise exception using
        errcode = '0A000',
        message = '{function.name} holds until its transaction ends, and a call through the proxy is one by itself.',
        hint = 'Call it, and what it is to hold for, at the shard of the company.';
end;
$$"""
    settings = [f"current_setting('{name}', true)" for name in SETTINGS]
    call = f"""erp_shard.{function.name}(
            {", ".join(["v_shard_name", *function.argument_names, *settings])}
        )"""
    of_a_company = COMPANY in function.argument_names
    shard = f" := erp_cluster.shard_of({COMPANY})" if of_a_company else ""
    query = f"return query select * from {call};" if function.column_names else f"return {call};"
    if not of_a_company:
        query = f"""for v_shard_name in select s from erp_cluster.shard_names() as s loop
        {query}
    end loop;"""
    return f"""{head}
#variable_conflict use_column
declare
    v_shard_name text{shard};
    v_message text;
    v_detail text;
    v_hint text;
begin
    {query}
exception when others then
    get stacked diagnostics v_message = message_text, v_detail = pg_exception_detail, v_hint = pg_exception_hint;
    perform erp_cluster.raise_shard_error(v_shard_name, sqlstate, v_message, v_detail, v_hint);
end;
$$"""
