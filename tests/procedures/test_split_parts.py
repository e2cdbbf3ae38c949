"""The parts of a split: they need together what the whole needed, and are alike in every column (R23, R29, R35)."""

from decimal import Decimal
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest

from tests.factory import MAIN, Factory, codes, day, needs, outcomes, phase

OWN_OF_A_PART = {
    "production_order_id",
    "order_lot",
    "status",
    "quantity",
    "quantity_before",
    "release_run_id",
    "released_at",
    "created_at",
    "created_by",
    "changed_at",
    "changed_by",
}
"""The columns in which the parts of a split differ."""

COPIES = {
    "copied_item_code",
    "copied_job_year",
    "copied_job_number",
    "first_department",
    "first_work_center",
    "first_machine",
}
"""What an order copies of what it names and of its first phase (R42)."""

NOT_A_CHANGE = {"company_id", "production_order_id", "status", "release_run_id", "changed_at", "changed_by"} | COPIES
"""The keys of a row, the state of the order, who changed it when, and copies: no work on a remainder (R35)."""

AS_A_RULE = {"produced_quantity", "picked_quantity", "short_close_run_id"}
"""What nobody has touched yet, or the order would not be split (R24)."""


def tables_of_an_order(factory: Factory) -> list[str]:
    """Return the order, and the tables whose rows go with it, but what a release keeps of them."""
    names = factory.connection.execute(
        "with recursive part as ("
        " select 'erp.production_order'::regclass::oid as oid union"
        " select c.conrelid from pg_constraint as c join part as p on p.oid = c.confrelid"
        " where c.contype = 'f' and c.confdeltype = 'c')"
        " select relname::text from part join pg_class using (oid) order by 1"
    ).fetchall()
    return [name for (name,) in names if name not in KEPT_OF_A_RELEASE]


KEPT_OF_A_RELEASE = {"material_lot_before_release"}


def defaults(factory: Factory, table: str) -> dict[str, Any]:
    """Return what the columns of a table have that are not named in an insert: a remainder would have it too."""
    columns = factory.connection.execute(
        "select a.attname::text, pg_get_expr(d.adbin, d.adrelid) from pg_attrdef as d"
        " join pg_attribute as a on a.attrelid = d.adrelid and a.attnum = d.adnum"
        " where d.adrelid = %s::regclass and a.attgenerated = ''",
        [f"erp.{table}"],
    ).fetchall()
    return {name: factory._one(f"select to_jsonb({expression})", []) for name, expression in columns}


def full_order(factory: Factory) -> int:
    """Make an order of 10, with a value of its own in every column; stock covers 4 of it."""
    factory.site("TURIN")
    factory.variant(factory.item("RACER", decimals=2), "RED")
    nut = factory.item("NUT", by_lot=True)
    factory.variant(nut, "M8")
    factory.stock(nut, 4, variant="M8", lot="A", location=factory.location("R1"))
    factory.location("R2")
    factory.rule("finished", MAIN)
    return factory.order(
        needs(
            nut,
            variant="M8",
            lots={"A": 10},
            scrap_percent="0.001",
            phase=10,
            sub_phase=1,
            warehouse=MAIN,
            location="R1",
            priority=3,
        ),
        needs(factory.item("OIL", decimals=4), "0.000000001", fixed=True, movable=False, line=9),
        quantity=10,
        item="RACER",
        variant="RED",
        number=42,
        order_lot=1,
        job=factory.job(7),
        phases=[
            phase(5, department="B", work_center="W0", machine="M0"),
            phase(
                10,
                sub_phase=1,
                description="weld",
                department="A",
                work_center="W1",
                machine="M1",
                site="TURIN",
                external=True,
            ),
            phase(10),
            phase(20, sub_phase=1, productive=False, movable=False),
        ],
        order_type="special",
        level=2,
        start_date=day(1),
        end_date=day(9),
        project="Tour",
        firm="Rossi",
        priority=5,
        quantity_before=3,
        load_warehouse_id=factory.id("warehouse", MAIN),
        load_movement_reason_id=factory.id("reason", MAIN, "LOA"),
    )


def parts(factory: Factory) -> tuple[int, int]:
    """Release and split the full order; return the order and its remainder."""
    order = full_order(factory)
    [row] = factory.release(order, on_shortage="split")
    assert row.outcome == "split", row
    return order, row.remainder_order_id


def test_R23_the_remainder_has_every_column_of_the_order_and_of_its_rows(factory: Factory) -> None:
    order = full_order(factory)
    before = {table: factory.table(table, order) for table in tables_of_an_order(factory)}
    for table, rows in before.items():
        usual = defaults(factory, table)
        idle = [
            column
            for column in rows[0].keys() - OWN_OF_A_PART - AS_A_RULE
            if all(row[column] == usual.get(column) for row in rows)
        ]
        assert not idle, f"{table} has columns that this test leaves empty: {idle}"

    [row] = factory.release(order, on_shortage="split")

    for table, rows in before.items():
        copied = factory.table(table, row.remainder_order_id)
        left_out = OWN_OF_A_PART if table != "production_order_material" else {"production_order_id"}
        assert strip(copied, left_out) == strip(rows, left_out), table
    assert factory.order_row(row.remainder_order_id).created_by == factory.operator


def strip(rows: list[dict[str, Any]], columns: set[str]) -> list[dict[str, Any]]:
    return sorted(({name: row[name] for name in row.keys() - columns} for row in rows), key=repr)


def test_R29_the_remainder_begins_where_the_order_ends(factory: Factory) -> None:
    order, rest = parts(factory)
    first, second = factory.order_row(order), factory.order_row(rest)
    assert (first.quantity_before, first.quantity) == (3, 4)
    assert (second.quantity_before, second.quantity) == (7, 6)


def test_R35_work_on_any_column_of_a_remainder_keeps_it_and_taking_the_work_back_does_not(factory: Factory) -> None:
    order, rest = parts(factory)
    nothing_own = {"warehouse_id": None, "movement_reason_id": None, "location_id": None}
    special: dict[str, dict[str, Any]] = {
        "item_id": {"item_id": factory.id("item", factory.item("OTHER")), "item_variant_id": None},
        "load_warehouse_id": {"load_warehouse_id": None, "load_movement_reason_id": None},
        "warehouse_id": nothing_own,
        "movement_reason_id": nothing_own,
        "location_id": {"location_id": factory.id("location", MAIN, "R2")},
        "lot_id": {"lot_id": factory.lot_id("NUT", factory.lot("NUT", "B", variant="M8"), variant="M8")},
    }
    of_material = {"phase": {"phase": 20}, "sub_phase": {"sub_phase": 0}}
    tried = 0
    for table in tables_of_an_order(factory):
        for row in factory.table(table, rest):
            for column in row.keys() - NOT_A_CHANGE:
                # the first material has lots, a phase with a machine a material
                named_by_others = (column in ("line", "item_id") and row.get("line") == 1) or (
                    column in ("phase", "sub_phase") and row.get("machine") is not None
                )
                if row[column] is None or named_by_others:
                    continue
                change = special.get(column) or {column: None if column.endswith("_id") else changed(row[column])}
                if table == "production_order_material":
                    change = of_material.get(column, change)
                if all(row[name] == value for name, value in change.items()):
                    continue
                with factory.undone():
                    where = {name: row[name] for name in KEYS[table]}
                    factory.change_row(table, change, **where)
                    assert codes(factory.preview_restore(order)[0]) == ["remainder_kept"], (table, column)
                    factory.change_row(table, {name: row[name] for name in change}, **where | key_of(change, where))
                    assert codes(factory.preview_restore(order)[0]) == [], (table, column)
                    tried += 1
    assert tried > 40


KEYS = {
    "production_order": ["production_order_id"],
    "production_order_phase": ["production_order_id", "phase", "sub_phase"],
    "production_order_material": ["production_order_id", "line"],
    "material_lot": ["production_order_id", "line", "lot_id"],
}


def key_of(change: dict[str, Any], where: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a key that a change has given another value."""
    return {name: value for name, value in change.items() if name in where}


def changed(value: Any) -> Any:
    """Return another value than this."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 7
    if isinstance(value, str) and value.startswith("20"):
        return day(100)
    return f"{value} changed"


@hypothesis.settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
@hypothesis.given(
    unit=st.decimals("-3", "3", places=3).filter(bool),
    scrap=st.decimals("0", "20", places=1),
    decimals=st.integers(0, 3),
    sizes=st.lists(st.integers(1, 4), min_size=2, max_size=5),
)
def test_R29_whatever_is_split_off_the_parts_need_together_what_the_whole_needed(
    factory: Factory, unit: Decimal, scrap: Decimal, decimals: int, sizes: list[int]
) -> None:
    with factory.undone():  # one example after the other
        nut, scarce = factory.item("NUT", decimals=decimals), factory.item("SCARCE")
        factory.stock(nut, 1000)
        order = factory.order(needs(nut, unit, scrap_percent=scrap), needs(scarce), quantity=sum(sizes))
        factory.stock(scarce, sum(sizes))
        whole = sum(row.quantity or 0 for row in factory.preview(order) if row.item_code == nut)
        factory.stock(scarce, -sum(sizes))

        part, released = order, []
        for size in sizes:
            factory.stock(scarce, size)
            [row] = factory.release(part, on_shortage="split")
            released.append(part)
            part = row.remainder_order_id

        assert part is None
        assert [factory.order_row(one).quantity for one in released] == sizes
        assert factory.balance(nut) == 1000 + whole
        rows = factory.restore(*released)
        assert outcomes(rows) == ["restored"] * len(sizes)
        assert factory.order_row(order).quantity == sum(sizes)
        assert factory.balance(nut) == 1000


def test_R29_each_part_needs_a_fixed_quantity_in_full(factory: Factory) -> None:
    nut, scarce = factory.item("NUT"), factory.item("SCARCE")
    factory.stock(nut, 10)
    factory.stock(scarce, 1)
    order = factory.order(needs(nut, 2, fixed=True), needs(scarce), quantity=3)
    [row] = factory.release(order, on_shortage="split")
    factory.stock(scarce, 2)
    factory.release(row.remainder_order_id)
    assert factory.balance(nut) == 6


def test_R29_a_part_that_needs_nothing_is_released_with_no_movements(factory: Factory) -> None:
    nut, scarce = factory.item("NUT", decimals=0), factory.item("SCARCE")
    factory.stock(nut, 10)
    factory.stock(scarce, 1)
    order = factory.order(needs(nut, "0.4"), needs(scarce, picked_quantity=0), quantity=2)
    [row] = factory.release(order, on_shortage="split")
    factory.change_material(row.remainder_order_id, 2, movable=False)
    [rest] = factory.release(row.remainder_order_id)
    assert (rest.outcome, rest.movement_count) == ("released", 1)  # 0.8, so 1, less the 0 of the first part
    assert [m.item_code for m in factory.movements(order)] == [scarce]


@pytest.mark.parametrize("unit", ["0.4", "-0.4"])
def test_R29_R51_the_registrations_of_the_parts_move_what_those_of_the_whole_would(factory: Factory, unit: str) -> None:
    scarce, glue = factory.item("SCARCE"), factory.item("GLUE", "manual", decimals=0)
    factory.rule("finished", MAIN)
    factory.stock(glue, 10)
    order = factory.order(needs(scarce), needs(glue, unit), quantity=4, phases=[phase(10)])
    part = order
    for _ in range(4):
        factory.stock(scarce, 1)
        [row] = factory.release(part, on_shortage="split")
        factory.register(*factory.declared(part, {"kind": "opening", "phase": 10}, CLOSING))
        part = row.remainder_order_id
    assert factory.balance(glue) == 10 - (2 if unit == "0.4" else -2)


CLOSING = {"kind": "closing", "phase": 10, "good_quantity": 1}


def last_lot(factory: Factory) -> int:
    """Make an order of 10 of the last lot there can be; stock covers 4."""
    factory.stock(factory.item("NUT"), 4)
    return factory.order(needs("NUT"), quantity=10, number=7, order_lot=2147483647)


def test_R24_where_no_lot_is_left_that_order_alone_is_refused(factory: Factory) -> None:
    order = last_lot(factory)
    other = factory.order(needs("NUT", 3))

    preview = factory.preview(order, other, on_shortage="split")
    rows = factory.release(order, other, on_shortage="split")

    assert [(row.outcome, codes(row)) for row in rows] == [
        ("refused", ["insufficient_stock", "split_not_possible"]),
        ("released", []),
    ]
    assert [(row.outcome, codes(row)) for row in preview] == [(row.outcome, codes(row)) for row in rows]


@pytest.mark.parametrize(("highest", "second"), [(2147483645, "split"), (2147483646, "refused")])
def test_R24_the_last_lots_are_counted_over_the_orders_of_a_call(factory: Factory, highest: int, second: str) -> None:
    nut, bolt = factory.item("NUT"), factory.item("BOLT")
    factory.stock(nut, 3)
    factory.stock(bolt, 3)
    one = factory.order(needs(nut), quantity=5, number=8, order_lot=0)
    two = factory.order(needs(bolt), quantity=5, number=8, order_lot=highest)
    assert outcomes(factory.release(one, two, on_shortage="split")) == ["split", second]
