"""A faulty cell is found whatever stands around it: rows that are all right are passed over many at a time (R70)."""

from __future__ import annotations

import json

import psycopg
import pytest

from harness.dev.data_readers import CHILDREN, read_only, sent_columns
from rilascio.loading.files import ALL_FILES, FILE, Column
from tests.factory import Factory

RIGHT = {"boolean": True, "integer": 7, "numeric": 1.5, "date": "2026-03-01", "text": "A"}

CELLS = [
    *(None, "", " ", "x", "é", 'a"b', "a\\b", "a\nb", "{", "[", "[]", "}", ", ", "null", "NaN", "infinity", "A" * 501),
    *({}, [], [1], {"a": 1}, True, False, "true", "True", "yes"),
    *(0, 1, -1, 1.5, 10**6, 10**10, 10**20, 1e-30, 1e300, "0", "00000000001", "1", "+1", "-1", "-0", "1.", ".5", "1e5"),
    *("0.000", "1.50", "2147483647", "2147483648", "999999999", "9" * 15, "0" * 50 + "1", "1." + "5" * 60),
    *("2026-02-28", "2026-02-29", "2026-04-31", "0000-01-01", "2026-13-01", "99999-01-01", "26-1-1"),
]

CHECKED = """
with sent as (
    select row(s.number, null, s.number, s.cells)::erp_internal.sent_row as sent, s.number
    from jsonb_array_elements(%(rows)s::jsonb) with ordinality as s (cells, number)
),

alone as (
    select f.* from sent as s cross join lateral erp_internal.check_{kind}_cells(array[s.sent]) as f
),

-- a row that nobody understands stands beside each
among as (
    select f.*
    from erp_internal.check_{kind}_cells(
        array(
            select r.sent
            from (
                select s.sent, s.number from sent as s
                union all
                select row(0, null, 0, '{{"?": 1}}')::erp_internal.sent_row, s.number from sent as s
            ) as r
            order by r.number
        )
    ) as f
    where f.ordinal > 0
)

(select 'only alone', a.* from alone as a except all select 'only alone', m.* from among as m)
union all
(select 'only among others', m.* from among as m except all select 'only among others', a.* from alone as a)
"""


def right(column: Column) -> object:
    """Return a value that a column can have; looking for a time zone takes its time."""
    if column.names_zone:
        return None
    return column.words[0] if column.words else RIGHT[column.kind]


@pytest.mark.parametrize("kind", [file.name for file in ALL_FILES])
def test_R70_a_cell_is_faulty_or_not_whatever_stands_around_its_row(rilascio: psycopg.Connection, kind: str) -> None:
    file = FILE[kind]
    whole = {column.name: right(column) for column in sent_columns(file)}
    names = [*whole, *read_only(file), *CHILDREN.get(kind, ()), "unknown"]
    rows = [whole, *({key: value for key, value in whole.items() if key != name} for name in whole)]
    rows += [whole | {name: cell} for name in names for cell in CELLS]
    rows += [{name: cell} for name in names for cell in CELLS[:3]]
    query = CHECKED.format(kind=kind).encode()
    assert rilascio.execute(query, {"rows": json.dumps(rows)}).fetchall() == []


def test_R70_one_faulty_row_among_many_is_refused_and_the_others_are_made(factory: Factory) -> None:
    items = [{"item_code": f"NUT-{n}", "description": "nut"} for n in range(1200)]
    items[1100]["quantity_decimals"] = "two"
    answer = factory.put(item=items)
    assert [row.place for row in answer if row.outcome == "refused"] == [1101]
    assert sum(row.outcome == "created" for row in answer) == 1199
