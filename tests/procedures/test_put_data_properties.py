"""Whatever rows are put: what was sent is what is shown, what was not sent stays, and a second time nothing changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.dev.data_puts.kinds import KINDS
from rilascio.loading.files import FILE, Column
from tests.factory import Factory
from tests.procedures.test_put_data import everything, furnished

often = settings(
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

CODES = {
    "company_code": ["ACME"],
    "site_code": ["ROME", "MILAN"],
    "warehouse_code": ["MAIN", "LINE", "NEW"],
    "counterpart_warehouse_code": ["MAIN", "LINE"],
    "location_code": ["A", "B"],
    "default_location_code": ["A", "B"],
    "reason_code": ["ISS", "LOA", "OUT", "IN", "NEW"],
    "item_code": ["BIKE", "POWDER", "NUT"],
    "variant_code": ["RED", "BLUE"],
    "lot_code": ["A", "B"],
    "job_year": [2026],
    "job_number": [7, 8],
    "time_zone": ["Europe/Rome", "Asia/Tokyo", "Europe/Atlantis"],
}
"""What a row may name, some of it there and some not; other reasons are among those of reason_code."""


def cell(column: Column) -> st.SearchStrategy[Any]:
    """Draw a value of a column, mostly one that it can have."""
    if column.name in CODES or column.name.endswith("reason_code"):
        values: st.SearchStrategy[Any] = st.sampled_from(CODES.get(column.name, CODES["reason_code"]))
    elif column.words:
        values = st.sampled_from([*column.words, "nothing"])
    elif column.kind == "boolean":
        values = st.booleans()
    elif column.kind == "integer":
        values = st.sampled_from([0, 1, 4, -1])
    elif column.kind == "numeric":
        values = st.sampled_from(["2.50", 0, "1e3"])
    elif column.kind == "date":
        values = st.sampled_from(["2026-03-01", "2099-12-31", "2026-02-30"])
    else:
        values = st.sampled_from(["", "new", "é ' \\ %s"])
    if column.required and column.name.endswith(("_code", "_year", "_number")):
        return values
    return st.one_of(st.none(), values, values, values)


@st.composite
def rows(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """Draw a row of a kind: its key, and some of its other columns."""
    columns = FILE[kind].columns
    key = FILE[kind].key if kind != "company" else ()
    row = {
        column.name: draw(cell(column))
        for column in columns
        if column.name in key or ((kind != "company" or column.name != "company_code") and draw(st.booleans()))
    }
    if kind != "company" and draw(st.integers(0, 5)) == 0:
        row["delete"] = True
    return row


calls = st.fixed_dictionaries(
    {}, optional={kind: st.lists(rows(kind), min_size=1, max_size=3) for kind in KINDS}
).filter(bool)


@pytest.fixture
def plant(factory: Factory) -> Factory:
    """Give a company with rows of every kind."""
    return furnished(factory)


def key_of(kind: str, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the key of a row; an empty text is null."""
    names = FILE[kind].key if kind != "company" else ()
    return tuple(None if row.get(name) == "" else row.get(name) for name in names)


@pytest.fixture
def defaults(rilascio: psycopg.Connection) -> dict[tuple[str, str], Any]:
    """Give what a column has where nothing is said of it."""
    found = rilascio.execute(
        """
        select c.relname::text, a.attname::text, pg_get_expr(d.adbin, d.adrelid)
        from pg_class as c
        inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and a.attidentity = ''
        inner join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
        where c.relnamespace = 'erp'::regnamespace
        """
    ).fetchall()
    return {
        (kind, column): rilascio.execute(f"select {default}".encode()).fetchone()[0]  # type: ignore[index]
        for table, column, default in found
        for kind in ("company" if table == "production_parameter" else table,)
        if kind in KINDS
    }


def shown(value: Any, column: Column, default: Any) -> Any:
    """Return what the view shows of a cell that was sent."""
    if value is None or value == "":
        return default
    return float(value) if column.kind == "numeric" else value


@often
@given(call=calls, all_or_none=st.booleans())
def test_R70_R72_what_is_put_is_what_is_shown_and_all_else_stays(
    plant: Factory, defaults: dict[tuple[str, str], Any], call: dict[str, list[dict[str, Any]]], all_or_none: bool
) -> None:
    with plant.undone():
        before = everything(plant)
        preview = plant.preview_put(**call)
        answer = plant.put(**call, all_or_none=all_or_none)
        after = everything(plant)

        refused = any(row.outcome == "refused" for row in preview)
        assert [row.outcome for row in answer] == [
            "refused" if all_or_none and refused else row.outcome for row in preview
        ]
        done = {(row.kind, row.place): row.outcome for row in answer}
        for kind in KINDS:
            was, now = ({key_of(kind, row): row for row in data[kind]} for data in (before, after))
            expected = dict(was)
            for place, row in enumerate(call.get(kind, ()), 1):
                outcome, key = done[kind, place], key_of(kind, row)
                assert (
                    outcome == "refused"
                    or (key in was) == (outcome in ("changed", "deleted"))
                    or (outcome == "unchanged")
                )
                if outcome == "deleted":
                    del expected[key]
                elif outcome in ("created", "changed"):
                    sent = {
                        column.name: shown(row.get(column.name), column, defaults.get((kind, column.name)))
                        for column in FILE[kind].columns
                        if column.name in row or outcome == "created"
                    }
                    expected[key] = {**was.get(key, {}), **sent}
            for told in (expected, now):
                for row in told.values():
                    row.pop("status", None)
                    row.pop("company_id", None)
            assert now == expected, kind
        again = plant.put(**call)
        if not all_or_none:
            assert {row.outcome for row in again} <= {"unchanged", "refused"}
        assert plant.call("select * from erp_api.check_integrity(%s)", [plant.company_id]) == []


@often
@given(call=calls)
def test_R8_R70_a_refused_call_changes_nothing(plant: Factory, call: dict[str, list[dict[str, Any]]]) -> None:
    with plant.undone():
        before = plant.snapshot(leaving_out={"run", "run_row", "run_place"})
        call["item_variant"] = [*call.get("item_variant", []), {"item_code": "NONE", "variant_code": "A"}]
        rows = plant.put(**call, all_or_none=True)
        assert {row.outcome for row in rows} == {"refused"}
        assert plant.snapshot(leaving_out={"run", "run_row", "run_place"}) == before


odd = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**25), 10**25),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=8),
        st.sampled_from(
            ["1" * 600, "x" * 600, "+1", "1e999", "0000-01-01", "infinity", "9999-12-31", "true", "NaN", "-0"]
        ),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text("ab", max_size=2), inner, max_size=2)),
    max_leaves=3,
)


@st.composite
def odd_rows(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """Draw a row of a kind whose cells may hold anything."""
    names = [column.name for column in FILE[kind].columns] + ["company_id"]
    return draw(st.fixed_dictionaries({}, optional=dict.fromkeys(names, odd)))


odd_calls = st.fixed_dictionaries(
    {}, optional={k: st.lists(odd_rows(k), min_size=1, max_size=2) for k in KINDS}
).filter(bool)


@often
@given(call=odd_calls)
def test_R70_whatever_a_cell_holds_the_answer_is_a_row_for_each(
    plant: Factory, call: dict[str, list[dict[str, Any]]]
) -> None:
    with plant.undone():
        rows = plant.put(**call)
        assert len(rows) == sum(map(len, call.values()))
        for row in rows:
            assert (row.outcome == "refused") == bool(row.reasons)
        assert plant.select("run_history", order_by="run_id desc")[0].kind == "data"
        assert {row["item_code"] for row in plant.data("item")} >= {"BIKE", "POWDER"}
