"""What every function and every table takes, whichever they are: plain lists, and lines from 1 on (sections 10, 11)."""

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import CheckViolation, InvalidParameterValue
from psycopg.types.json import Jsonb

from tests.factory import Factory, needs

ARGUMENTS = """
select p.proname::text, a.name, a.type::regtype::text, array_agg(a.name) filter (where a.required) over w
from pg_proc as p
cross join lateral (
    select
        x.name, x.type, x.place, x.place <= p.pronargs - p.pronargdefaults as required
    from unnest(p.proargtypes::oid[], p.proargnames) with ordinality as x (type, name, place)
    where x.place <= p.pronargs
) as a
where p.pronamespace = 'erp_api'::regnamespace
window w as (partition by p.oid)
order by 1, a.place
"""


def calls(factory: Factory, of_type: str) -> list[tuple[str, str]]:
    """Return every function that takes such an argument, called with it as `%s`, and the argument's name."""
    found = []
    for function, name, kind, required in factory.connection.execute(ARGUMENTS).fetchall():
        if kind == of_type:
            others = [
                f"{other} => {factory.company_id if other == 'p_company_id' else 'null'}"
                for other in required or []
                if other != name
            ]
            found.append((f"select * from erp_api.{function}({', '.join([*others, f'{name} => %s'])})", name))
    return found


@pytest.fixture
def plant(rilascio: psycopg.Connection, rilascio_operator: str) -> Factory:
    """Give a company with an order, and an operator that puts data too."""
    rilascio.execute(sql.SQL("grant erp_writer to {}").format(sql.Identifier(rilascio_operator)))
    factory = Factory(rilascio, rilascio_operator)
    factory.item("NUT")
    factory.order(needs("NUT"))
    return factory


def test_R8_an_array_that_is_no_plain_list_is_a_bad_call_in_every_function(plant: Factory) -> None:
    before = plant.snapshot(leaving_out=set())
    found = calls(plant, "bigint[]") + calls(plant, "text[]")
    assert {call.split("(")[0].removeprefix("select * from erp_api.") for call, _ in found} >= {
        "release_production_orders", "restore_production_orders", "preview_release", "preview_restore",
        "register_declarations", "rollback_declarations", "delete_declarations", "preview_registration",
    }  # fmt: skip
    [order] = [row["production_order_id"] for row in plant.table("production_order")]
    for array in (f"{{{{{order}}}}}", f"{{{{{order},{order}}},{{1,2}}}}", f"[0:0]={{{order}}}", f"[2:3]={{{order},1}}"):
        for call, name in found:
            with pytest.raises(InvalidParameterValue, match=f"{name} is no list of (ids|orders|keys)") as error:
                plant.call(call, [array])
            assert error.value.diag.message_hint
    assert plant.snapshot(leaving_out=set()) == before


def test_R8_no_array_argument_is_of_another_type(plant: Factory) -> None:
    kinds = {kind for _, _, kind, _ in plant.connection.execute(ARGUMENTS) if kind.endswith("[]")}
    # of p_quantities, which is as long as another array, tests/procedures/test_chosen_quantities.py tells
    assert kinds == {"bigint[]", "text[]", "numeric[]"}


@pytest.mark.parametrize("shape", [None, 1, "x", True, {}, [], [[]], [[{}]], [1], [None], {"0": {}}, [{}, []]], ids=str)
def test_R51_json_of_another_shape_is_a_bad_call_in_every_function(plant: Factory, shape: object) -> None:
    found = calls(plant, "jsonb")
    assert found
    before = plant.snapshot(leaving_out=set())
    for call, name in found:
        with pytest.raises(InvalidParameterValue, match=name):
            plant.call(call, [Jsonb(shape)])
        with pytest.raises(InvalidParameterValue, match=name):
            plant.call(call, [None])
    assert plant.snapshot(leaving_out=set()) == before


def test_lines_and_the_like_begin_at_1_in_every_table(rilascio: psycopg.Connection) -> None:
    # either the table says so itself, or its line is one of a table that does
    open_lines = rilascio.execute(
        r"""
        with line as (
            select a.attrelid, a.attnum, a.attname
            from pg_attribute as a
            inner join pg_class as c on c.oid = a.attrelid and c.relkind in ('r', 'p') and not c.relispartition
            where c.relnamespace = 'erp'::regnamespace and a.attname ~ '^(\w+_)?(line|ordinal)$' and a.attnum > 0
        ),

        bound as (
            select l.attrelid, l.attname
            from line as l
            inner join pg_constraint as k on k.conrelid = l.attrelid and k.contype = 'c' and k.conkey = array[l.attnum]
            where pg_get_constraintdef(k.oid) = format('CHECK ((%I >= 1))', l.attname)
        )

        select l.attrelid::regclass::text, l.attname
        from line as l
        where
            (l.attrelid, l.attname) not in (select b.attrelid, b.attname from bound as b)
            and not exists (
                select from pg_constraint as k
                cross join lateral unnest(k.conkey, k.confkey) as u (own, other)
                inner join pg_attribute as a on a.attrelid = k.confrelid and a.attnum = u.other
                where
                    k.conrelid = l.attrelid and k.contype = 'f' and u.own = l.attnum
                    and (k.confrelid, a.attname) in (select b.attrelid, b.attname from bound as b)
            )
        """
    ).fetchall()
    assert open_lines == []


@pytest.mark.parametrize("line", [0, -1, -(2**31)])
def test_a_material_row_below_line_1_does_not_come_into_being(plant: Factory, line: int) -> None:
    refused = pytest.raises(CheckViolation, match="production_order_material_line_from_one")
    with refused, plant.connection.transaction():
        plant.order(needs("NUT", line=line))
    with refused, plant.connection.transaction():
        plant.connection.execute("update erp.production_order_material set line = %s", [line])
