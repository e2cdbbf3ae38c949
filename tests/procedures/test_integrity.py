"""The tables agree with one another and with what the runs did; where somebody made them lie, it is found (R61)."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from psycopg.sql import SQL

from harness.errors import NotAMember
from harness.testing import acting_as
from tests.factory import MAIN, Factory, Row, day, needs, outcomes, phase, report


def check(factory: Factory) -> list[Row]:
    """Call `erp_api.check_integrity`."""
    return factory.call("select * from erp_api.check_integrity(%s)", [factory.company_id])


def found(factory: Factory) -> dict[str, list[dict[str, Any]]]:
    """Return the examples of what is found, by code."""
    rows = check(factory)
    assert all(min(row.finding_count, 5) == len(row.examples) for row in rows)
    return {row.code: row.examples for row in rows}


def corrupt(factory: Factory, deed: str, *arguments: Any) -> None:
    """Write as a superuser for whom no trigger and no foreign key is at work; it must change something."""
    factory.connection.execute("set local role none")
    factory.connection.execute("set local session_replication_role = replica")
    assert factory.connection.execute(SQL(deed), arguments or None).rowcount > 0
    factory.connection.execute("set local session_replication_role = origin")
    factory.connection.execute("set local role erp_owner")


class Busy(Factory):
    """A factory in which everything has happened that may happen."""

    def live(self) -> None:
        """Do it; the orders are kept by what became of them."""
        for section, warehouse in (("finished", "STORE"), ("scrap", "WASTE")):
            self.warehouse(warehouse)
            self.rule(section, warehouse)
        self.warehouse("LINE")
        self.reason(MAIN, "MIR", "issue", counterpart=("LINE", "LOA"))
        self.location("SHELF")
        self.location("CAGE", blocked=True)
        self.warehouse("BAYS", check_location=True)
        self.location("BAY1", warehouse="BAYS")
        for code in ("NUT", "SCREW", "DUST"):
            self.item(code)
        self.item("POWDER", by_lot=True)
        self.variant("POWDER", "RED")
        self.item("GLUE", "manual")
        self.item("FRAME", "manual", "production", decimals=0, by_lot=True)

        self.stock("NUT", 100)
        self.stock("NUT", 10, location="SHELF")
        self.stock("NUT", -20, on=day(-1))
        self.stock("NUT", 3, location="CAGE")
        self.stock("NUT", 5, warehouse="BAYS", location="BAY1")
        self.stock("SCREW", 7)
        self.stock("POWDER", 6, lot="A")
        self.stock("POWDER", 60, lot="B", location="SHELF")
        self.stock("POWDER", 60, lot="C", variant="RED")
        self.stock("GLUE", 100)

        self.job(1)
        self.job(2, supply_released=True, status="executive")
        self.job(3)
        self.released = self.order(
            needs("NUT", 2),
            needs("POWDER", 1, lots={"A": 4}),
            needs("NUT", warehouse=MAIN, reason="MIR"),
            needs("DUST", "-0.5"),
            quantity=10,
            job=1,
        )
        self.split = self.order(needs("SCREW"), quantity=10, job=1)
        self.restored = self.order(needs("NUT"), quantity=10, job=1)
        rows = self.release(self.released, self.split, self.restored, on=day(0), on_shortage="split")
        assert outcomes(rows) == ["released", "split", "released"]
        self.remainder: int = rows[1].remainder_order_id
        self.stock("SCREW", 1, on=day(1))
        assert outcomes(self.release(self.remainder, on=day(1), on_shortage="split")) == ["split"]
        for _ in range(2):
            assert outcomes(self.restore(self.restored)) == ["restored"]
            assert outcomes(self.release(self.restored, on=day(1))) == ["released"]
        assert outcomes(self.restore(self.restored)) == ["restored"]
        assert outcomes(self.release(self.order(needs("GLUE", -1), job=3), on=day(0))) == ["released"]
        assert outcomes(self.release(self.order(needs("SCREW", 99)), on=day(0))) == ["refused"]

        self.imported = self.order(needs("NUT"), status="executive")
        self.undone = self.order(needs("NUT"), status="executive")
        assert outcomes(self.restore(self.undone)) == ["restored"]
        assert outcomes(self.release(self.undone)) == ["released"]
        self.order(status="closed", phases=[phase(10)])
        self.order(status="archived")
        self.enter_declaration(self.order(status="closed", phases=[phase(10)]))

        phases = [phase(10), phase(20), phase(30, movable=False)]
        self.closed = self.order(needs("GLUE"), item="FRAME", quantity=10, phases=phases)
        self.open = self.order(needs("NUT"), needs("GLUE", phase=10), quantity=10, phases=[phase(10)])
        assert outcomes(self.release(self.closed, self.open, on=day(2))) == ["released", "released"]
        self.closing = [
            *self.declared(self.closed, report("opening"), report("closing", good=10)),
            *self.declared(self.closed, report("opening", 20), report("progress", 20, good=6, lot_code="F1")),
            *self.declared(self.closed, report("closing", 20, good=3, scrap=1, lot_code="F2")),
            *self.declared(self.closed, report("opening", 30), report("closing", 30)),
        ]
        assert set(outcomes(self.register(*self.closing, on=day(3)))) == {"registered"}
        assert set(outcomes(self.roll_back(*self.closing[3:]))) == {"rolled_back"}
        assert set(outcomes(self.register(*self.closing[3:], on=day(4)))) == {"registered"}
        self.opening, self.progress, self.suspension, self.resume = self.declared(
            self.open, report("opening"), report("progress", good=4), report("suspension"), report("resume")
        )
        assert set(outcomes(self.register(self.opening, self.progress, self.suspension, on=day(3)))) == {"registered"}
        gone = self.declared(self.open, report("progress", good=1))
        assert outcomes(self.undeclare(*gone)) == ["deleted"]
        self.stock("NUT", 1, order=self.open)
        self.order(needs("NUT"), job=2)
        assert self.status(self.closed) == "closed"

    def label(self, order_id: int) -> str:
        """Return what an order is called."""
        row = self.order_row(order_id)
        return f"{row.order_year}/{row.order_number}/{row.order_lot}"

    def record(self, order_id: int, warehouse: str = MAIN) -> dict[str, Any]:
        """Return the first record in force of an order in a warehouse."""
        rows = [r for r in self.table("stock_record", order_id) if r["warehouse_id"] == self.id("warehouse", warehouse)]
        return min(rows, key=lambda r: int(r["stock_record_id"]))

    def named(self, record: dict[str, Any], warehouse: str = MAIN) -> dict[str, Any]:
        """Return the keys by which an example names a record."""
        return {"warehouse_code": warehouse, **{k: record[k] for k in ("record_date", "record_number")}}

    def run_of(self, order_id: int) -> int:
        """Return the run whose release of an order is in force."""
        return int(self.order_row(order_id).release_run_id)


@pytest.fixture
def busy(rilascio: psycopg.Connection, rilascio_operator: str) -> Busy:
    """Give a healthy factory in which everything has happened."""
    factory = Busy(rilascio, rilascio_operator)
    factory.live()
    return factory


def test_R61_where_nobody_lied_nothing_is_found(busy: Busy) -> None:
    assert check(busy) == []


def test_a_company_without_anything_is_in_order(factory: Factory) -> None:
    assert check(factory) == []


# --- stock -----------------------------------------------------------------------------------------------------------


def test_R15_a_balance_that_is_not_the_sum_of_its_movements(busy: Busy) -> None:
    corrupt(busy, "update erp.stock_balance set on_hand = on_hand + 0.5 where lot_id is null and location_id is null"
            " and item_id = %s and warehouse_id = %s", busy.id("item", "GLUE"), busy.id("warehouse", MAIN))  # fmt: skip
    on_hand = busy.balance("GLUE")
    assert found(busy) == {
        "balance_differs": [
            {
                "warehouse_code": MAIN,
                "item_code": "GLUE",
                "on_hand": float(on_hand),
                "moved": float(on_hand) - 0.5,
            }
        ]
    }


def test_R15_a_balance_without_movements_and_movements_without_a_balance(busy: Busy) -> None:
    corrupt(busy, "update erp.stock_balance set location_id = %s where lot_id = %s",
            busy.id("location", MAIN, "CAGE"), busy.id("lot", "POWDER", "RED", "C"))  # fmt: skip
    shared = {"warehouse_code": MAIN, "item_code": "POWDER", "variant_code": "RED", "lot_code": "C"}
    assert found(busy) == {
        "balance_differs": [
            {**shared, "on_hand": 0, "moved": 60},
            {**shared, "location_code": "CAGE", "on_hand": 60, "moved": 0},
        ]
    }


def test_R15_R16_a_lot_below_zero_on_a_day_although_it_is_not_now(busy: Busy) -> None:
    busy.stock("POWDER", 1, lot="D", on=day(5))
    busy.stock("POWDER", 2, lot="D", on=day(9))
    assert found(busy) == {}
    busy.stock("POWDER", -3, lot="D", on=day(4))
    assert found(busy) == {
        "lot_negative": [
            {"warehouse_code": MAIN, "item_code": "POWDER", "lot_code": "D", "record_date": "2026-03-05", "balance": -3}
        ]
    }


def test_R15_a_lot_is_below_zero_in_one_location_whatever_lies_in_another_or_is_allowed(busy: Busy) -> None:
    busy.parameters(allow_negative_stock=True)
    busy.change_warehouse(MAIN, allow_negative_stock=True)
    busy.stock("POWDER", 1, lot="D", on=day(5), location="SHELF")
    busy.stock("POWDER", 2, lot="D", on=day(4))
    busy.stock("POWDER", -1, lot="D", on=day(4), location="SHELF")
    assert [one["location_code"] for one in found(busy)["lot_negative"]] == ["SHELF"]


def test_R15_R16_stock_below_zero_now_or_on_a_day(busy: Busy) -> None:
    busy.stock("DUST", -6, on=day(8))
    busy.stock("DUST", 6, on=day(9))
    busy.stock("GLUE", -500, on=day(8))
    examples = found(busy)["stock_negative"]
    assert [(one["item_code"], one["record_date"]) for one in examples] == [
        ("GLUE", "2026-03-09"),
        ("DUST", "2026-03-09"),
    ]
    assert examples[1] == {"warehouse_code": MAIN, "item_code": "DUST", "record_date": "2026-03-09", "balance": -1}
    assert found(busy).keys() == {"stock_negative"}


@pytest.mark.parametrize(("company", "warehouse"), [(True, True), (True, False), (False, True)])
def test_R15_stock_below_zero_is_found_unless_company_and_warehouse_allow_it(
    busy: Busy, company: bool, warehouse: bool
) -> None:
    busy.stock("DUST", -6)
    busy.parameters(allow_negative_stock=company)
    busy.change_warehouse(MAIN, allow_negative_stock=warehouse)
    assert ("stock_negative" in found(busy)) == (not (company and warehouse))


def test_R17_stock_is_below_zero_by_warehouse_or_by_location_where_it_checks_so(busy: Busy) -> None:
    busy.stock("DUST", -2, location="SHELF", on=day(1))  # 5 lie in no location
    assert found(busy) == {}
    busy.stock("NUT", -1, warehouse="BAYS")
    assert found(busy) == {
        "stock_negative": [{"warehouse_code": "BAYS", "item_code": "NUT", "record_date": "2020-01-02", "balance": -1}]
    }
    busy.change_warehouse("BAYS", check_location=False)
    assert found(busy) == {}
    busy.change_warehouse(MAIN, check_location=True)
    assert {one.get("location_code") for one in found(busy)["stock_negative"] if one["item_code"] == "DUST"} == {
        "SHELF"
    }


def test_R17_blocked_locations_cover_nothing_and_are_looked_at_by_themselves(busy: Busy) -> None:
    busy.stock("SCREW", 4, location="CAGE")
    busy.stock("SCREW", -4, on=day(7))
    busy.stock("DUST", 1)
    busy.stock("DUST", -1, location="CAGE", on=day(6))
    assert found(busy) == {
        "stock_negative": [
            {"warehouse_code": MAIN, "item_code": "SCREW", "record_date": "2026-03-08", "balance": -4},
            {
                "warehouse_code": MAIN,
                "item_code": "DUST",
                "location_code": "CAGE",
                "record_date": "2026-03-07",
                "balance": -1,
            },
        ]
    }


def test_R25_movements_of_lot_items_without_a_lot_and_of_others_with_one(busy: Busy) -> None:
    busy.stock("POWDER", 1)
    busy.stock("POWDER", 1, on=day(1))
    busy.stock("NUT", 1, lot="X")
    assert found(busy) == {
        "lot_missing": [{"warehouse_code": MAIN, "item_code": "POWDER", "movement_count": 2}],
        "lot_unexpected": [{"warehouse_code": MAIN, "item_code": "NUT", "lot_code": "X", "movement_count": 1}],
    }
    assert {row.severity for row in check(busy)} == {"warning"}


def test_R25_movements_with_a_lot_of_another_variant(busy: Busy) -> None:
    busy.lot("POWDER", "C", variant="RED", item_variant_id=None)
    assert found(busy) == {
        "lot_variant_differs": [
            {
                "warehouse_code": MAIN,
                "item_code": "POWDER",
                "variant_code": "RED",
                "lot_code": "C",
                "movement_count": 1,
            }
        ]
    }


# --- records ---------------------------------------------------------------------------------------------------------


def test_R19_a_record_number_given_again(busy: Busy) -> None:
    [removed] = [r for r in busy.table("removed_stock_record", busy.restored) if r["record_date"] == str(day(0))]
    last = busy.record(busy.released)
    corrupt(busy, "update erp.stock_record set record_number = %s where stock_record_id = %s",
            removed["record_number"], last["stock_record_id"])  # fmt: skip
    assert found(busy) == {"record_number_reused": [busy.named(removed)]}


def test_R19_a_record_number_above_the_counter(busy: Busy) -> None:
    record = busy.record(busy.released)
    corrupt(
        busy, "update erp.stock_record set record_number = 99 where stock_record_id = %s", record["stock_record_id"]
    )
    one = {**busy.named(record), "record_number": 99}
    [example] = found(busy)["record_number_uncounted"]
    assert example == {**one, "last_number": example["last_number"]}
    assert example["last_number"] < 99
    corrupt(busy, "delete from erp.stock_record_counter where warehouse_id = %s", busy.id("warehouse", "STORE"))
    examples = found(busy)["record_number_uncounted"]
    assert {(x["warehouse_code"], x["last_number"]) for x in examples if x["warehouse_code"] != MAIN} == {("STORE", 0)}
    assert found(busy).keys() == {"record_number_uncounted"}


def test_R19_a_record_without_movements(busy: Busy) -> None:
    busy._insert(
        "stock_record",
        record_date=day(6),
        warehouse_id=busy.id("warehouse", MAIN),
        movement_reason_id=busy.id("reason", MAIN, "LOA"),
        record_number=1,
    )
    busy._insert("stock_record_counter", record_date=day(6), warehouse_id=busy.id("warehouse", MAIN), last_number=1)
    assert found(busy) == {"record_empty": [{"warehouse_code": MAIN, "record_date": "2026-03-07", "record_number": 1}]}


def test_R19_a_record_of_a_run_whose_lines_have_a_gap(busy: Busy) -> None:
    record = busy.record(busy.released)
    busy.connection.execute("select erp_internal.set_door('maintenance')")
    busy.connection.execute(
        "update erp.stock_movement set line = line + 4 where stock_record_id = %s and line ="
        " (select max(line) from erp.stock_movement where stock_record_id = %s)",
        [record["stock_record_id"]] * 2,
    )
    [example] = found(busy)["record_lines_missing"]
    assert example.pop("last_line") == example.pop("line_count") + 4
    assert example == {**busy.named(record), "run_id": busy.run_of(busy.released)}
    assert found(busy).keys() == {"record_lines_missing"}


def test_R19_a_record_with_the_number_of_another_order(busy: Busy) -> None:
    record = busy.record(busy.released)
    corrupt(busy, "update erp.stock_record set order_lot = 5 where stock_record_id = %s", record["stock_record_id"])
    label = busy.label(busy.released)
    assert found(busy) == {
        "record_reference_differs": [{**busy.named(record), "order": label, "reference": label[:-1] + "5"}]
    }


def test_R12_a_reason_that_was_turned_round_after_use(busy: Busy) -> None:
    busy.reason(MAIN, "MIR", "load")
    run = busy.run_of(busy.released)
    [example] = found(busy)["record_direction_differs"]
    assert (example["run_id"], example["reason_code"], example["direction"]) == (run, "MIR", "load")
    assert found(busy).keys() == {"record_direction_differs"}


def test_R31_a_record_of_a_run_that_is_not_in_force(busy: Busy) -> None:
    corrupt(busy, "update erp.production_order set release_run_id = %s where production_order_id = %s",
            busy.run_of(busy.split), busy.remainder)  # fmt: skip
    result = found(busy)
    [example] = result["record_not_in_force"]
    assert example["order"] == busy.label(busy.remainder)
    assert result.keys() == {"record_not_in_force", "release_unknown", "split_differs"}


def test_R53_a_record_of_a_registration_that_is_not_in_force(busy: Busy) -> None:
    corrupt(busy, "update erp.production_declaration set registration_run_id = null where"
            " production_declaration_id = any(%s)", busy.closing[3:])  # fmt: skip
    corrupt(busy, "update erp.production_order set status = 'executive', produced_quantity = 0"
            " where production_order_id = %s", busy.closed)  # fmt: skip
    result = found(busy)
    assert {one["declaration_id"] for one in result["record_not_in_force"]} == {busy.closing[3], busy.closing[4]}
    assert result.keys() == {"record_not_in_force"}


def test_R13_a_mirror_that_does_not_cancel_out(busy: Busy) -> None:
    busy.connection.execute("select erp_internal.set_door('maintenance')")
    busy.connection.execute("update erp.stock_movement set quantity = quantity - 0.25 where mirror")
    assert found(busy) == {
        "mirror_differs": [
            {"run_id": busy.run_of(busy.released), "order": busy.label(busy.released), "line": 3, "difference": -0.25}
        ]
    }


# --- runs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["record_count", "movement_count"])
def test_R61_an_answer_that_counts_something_else(busy: Busy, column: str) -> None:
    run = busy.run_of(busy.released)
    corrupt(busy, f"update erp.run_order set {column} = {column} + 1 where run_id = %s and production_order_id = %s",
            run, busy.released)  # fmt: skip
    [example] = found(busy)["history_differs"]
    assert (example["run_id"], example["order"]) == (run, busy.label(busy.released))
    assert example[column] == example[column.replace("_count", "s_found")] + 1
    assert found(busy).keys() == {"history_differs"}


def test_R37_a_movement_that_was_removed_behind_the_runs(busy: Busy) -> None:
    busy.connection.execute("select erp_internal.set_door('maintenance')")
    busy.connection.execute(
        "delete from erp.stock_movement as m using erp.stock_record as r where r.stock_record_id = m.stock_record_id"
        " and r.production_declaration_id = %s and m.item_id = %s",
        [busy.closing[4], busy.id("item", "GLUE")],
    )
    result = found(busy)
    assert [one["declaration_id"] for one in result["history_differs"]] == [busy.closing[4]]
    assert result.keys() == {"history_differs", "record_empty"}


@pytest.mark.parametrize("table", ["removed_stock_movement", "removed_stock_record"])
def test_R37_a_history_with_gaps(busy: Busy, table: str) -> None:
    if table == "removed_stock_record":
        corrupt(busy, "delete from erp.removed_stock_movement")
    corrupt(busy, f"delete from erp.{table}")
    result = found(busy)
    assert result.keys() == {"history_differs"} | ({"record_empty"} if table == "removed_stock_movement" else set())
    assert {one["order"] for one in result["history_differs"]} <= {busy.label(busy.restored), busy.label(busy.closed)}
    assert {one["movements_found"] for one in result["history_differs"]} == {0}


def test_R61_what_a_run_made_without_answering_for_it(busy: Busy) -> None:
    run = busy.run_of(busy.undone)
    corrupt(busy, "delete from erp.run_order where run_id = %s", run)
    result = found(busy)
    assert result["run_unanswered"] == [{"run_id": run, "kind": "release"}]
    assert [one["records_found"] for one in result["history_differs"]] == [1]
    assert result.keys() == {"run_unanswered", "history_differs", "release_unknown"}


def test_R61_an_answer_that_runs_of_the_kind_do_not_give(busy: Busy) -> None:
    corrupt(busy, "update erp.run_order set outcome = 'declared' where outcome = 'deleted'")
    [example] = found(busy)["answer_of_other_kind"]
    assert (example["kind"], example["outcome"], example["order"]) == ("deletion", "declared", busy.label(busy.open))
    assert found(busy).keys() == {"answer_of_other_kind"}


# --- orders ----------------------------------------------------------------------------------------------------------


def test_R2_an_order_that_names_a_run_that_did_not_release_it(busy: Busy) -> None:
    run = busy.run_of(busy.released)
    corrupt(busy, "update erp.production_order set release_run_id = %s where production_order_id = %s",
            run, busy.imported)  # fmt: skip
    one = {"order": busy.label(busy.imported), "status": "executive", "run_id": run}
    assert found(busy) == {"release_unknown": [one]}


def test_R20_a_launched_order_whose_release_is_in_force(busy: Busy) -> None:
    corrupt(busy, "update erp.production_order set status = 'launched' where production_order_id = any(%s)",
            [busy.undone])  # fmt: skip
    one = {"order": busy.label(busy.undone), "status": "launched", "run_id": busy.run_of(busy.undone)}
    assert found(busy) == {"launched_order_released": [one]}


def test_R20_a_launched_order_with_records_or_registered_declarations(busy: Busy) -> None:
    corrupt(busy, "update erp.production_order set status = 'launched', release_run_id = null"
            " where production_order_id = any(%s)", [busy.undone, busy.open])  # fmt: skip
    result = found(busy)
    assert {one["order"] for one in result["launched_order_released"]} == {
        busy.label(busy.undone),
        busy.label(busy.open),
    }
    assert result.keys() == {"launched_order_released", "release_lost"}


def test_R62_an_order_that_was_released_twice(busy: Busy) -> None:
    order = busy.order()  # nothing of it moves, so that its releases leave no other trace
    busy.release(order)
    corrupt(busy, "update erp.production_order set status = 'launched', release_run_id = null"
            " where production_order_id = %s", order)  # fmt: skip
    busy.release(order)
    assert found(busy) == {
        "released_twice": [{"order": busy.label(order), "status": "executive", "release_count": 2, "restore_count": 0}]
    }


def test_R31_an_order_that_has_forgotten_its_release(busy: Busy) -> None:
    order = busy.order()
    busy.release(order)
    busy.restore(order)
    busy.release(order)
    corrupt(busy, "update erp.production_order set release_run_id = null where production_order_id = %s", order)
    assert found(busy) == {
        "release_lost": [{"order": busy.label(order), "status": "executive", "release_count": 2, "restore_count": 1}]
    }


@pytest.mark.parametrize(
    "deed",
    [
        "delete from erp.production_order_split where production_order_id = %s",
        "update erp.production_order_split set remainder_order_id = 0 where production_order_id = %s",
        "update erp.run_order set outcome = 'released', other_order_id = null where production_order_id = %s"
        " and outcome = 'split'",
    ],
)
def test_R35_a_split_that_is_not_the_one_of_the_release(busy: Busy, deed: str) -> None:
    corrupt(busy, deed, busy.split)
    assert found(busy) == {
        "split_differs": [{"order": busy.label(busy.split), "status": "executive", "run_id": busy.run_of(busy.split)}]
    }


def test_R23_a_split_whose_parts_do_not_add_up(busy: Busy) -> None:
    corrupt(busy, "update erp.production_order set quantity = 8 where production_order_id = %s", busy.split)
    [row] = check(busy)
    assert (row.code, row.severity) == ("split_sum_differs", "warning")
    assert row.examples == [
        {
            "order": busy.label(busy.split),
            "status": "executive",
            "whole_quantity": 10,
            "quantity": 8,
            "remainder_quantity": 3,
        }
    ]
    # whoever changes an order and says so is not asked
    busy.change_order(busy.split, changed_at=day(300))
    assert check(busy) == []


def test_R28_commitments_remembered_of_a_release_that_is_not(busy: Busy) -> None:
    corrupt(busy, "insert into erp.material_lot_before_release select company_id, %s, 1, lot_id, 1, 1"
            " from erp.material_lot_before_release", busy.imported)  # fmt: skip
    assert found(busy) == {"commitment_left": [{"order": busy.label(busy.imported), "status": "executive"}]}


def test_R50_job_orders_in_a_state_that_their_orders_do_not_give_them(busy: Busy) -> None:
    busy.connection.execute("update erp.job_order set status = 'launched'")
    assert found(busy) == {
        "job_status_differs": [
            {"job_order": f"2026/{number}", "status": "launched", "expected_status": "executive"}
            for number in (1, 2, 3)
        ]
    }
    busy.connection.execute("update erp.job_order set status = 'executive'")
    assert found(busy) == {}
    busy.job(4, status="launched")
    assert [one["expected_status"] for one in found(busy)["job_status_differs"]] == ["scheduled"]
    busy.order(job=4)
    busy.order(job=4, status="archived")
    assert found(busy) == {}


# --- declarations ----------------------------------------------------------------------------------------------------


def test_R51_a_declaration_that_names_a_run_that_did_not_register_it(busy: Busy) -> None:
    run = busy.run_of(busy.open)
    corrupt(busy, "update erp.production_declaration set registration_run_id = %s"
            " where production_declaration_id = %s", run, busy.resume)  # fmt: skip
    assert found(busy) == {
        "registration_unknown": [
            {"declaration_id": busy.resume, "order": busy.label(busy.open), "phase": "10", "run_id": run}
        ]
    }


@pytest.mark.parametrize(
    ("place", "kind", "after"),
    [
        (0, "progress", None),
        (1, "resume", "opening"),
        (1, "opening", "opening"),
        (3, "progress", "suspension"),
        (3, "suspension", "suspension"),
    ],
)
def test_R51_declarations_that_do_not_follow_one_another(busy: Busy, place: int, kind: str, after: str | None) -> None:
    declaration = [busy.opening, busy.progress, busy.suspension, busy.resume][place]
    corrupt(busy, "update erp.production_declaration set kind = %s where production_declaration_id = %s",
            kind, declaration)  # fmt: skip
    one = {"declaration_id": declaration, "order": busy.label(busy.open), "phase": "10", "kind": kind}
    assert found(busy) == {"declarations_out_of_sequence": [one | ({"after": after} if after else {})]}


def test_R51_nothing_is_declared_after_the_closing(busy: Busy) -> None:
    late = busy.enter_declaration(busy.closed, 20, kind="progress", declared_at=day(500), sub_phase=0)
    one = {"declaration_id": late, "order": busy.label(busy.closed), "phase": "20", "kind": "progress"}
    assert found(busy) == {"declarations_out_of_sequence": [one | {"after": "closing"}]}


def test_R51_a_declaration_registered_before_an_earlier_one(busy: Busy) -> None:
    corrupt(busy, "update erp.production_declaration set registration_run_id = null"
            " where production_declaration_id = %s", busy.opening)  # fmt: skip
    order = busy.label(busy.open)
    assert found(busy) == {
        "registered_out_of_sequence": [
            {"declaration_id": declaration, "order": order, "phase": "10", "kind": kind}
            for kind, declaration in sorted({"progress": busy.progress, "suspension": busy.suspension}.items())
        ]
    }


def test_R52_an_order_that_is_not_closed_although_its_closing_is_registered(busy: Busy) -> None:
    corrupt(busy, "update erp.production_order set status = 'executive' where production_order_id = %s", busy.closed)
    assert found(busy) == {"closing_differs": [{"order": busy.label(busy.closed), "status": "executive"}]}


def test_R52_an_order_that_is_closed_although_its_closing_is_not_registered(busy: Busy) -> None:
    busy.change_order(busy.open, status="closed")
    assert found(busy) == {"closing_differs": [{"order": busy.label(busy.open), "status": "closed"}]}
    busy.change_order(busy.open, status="executive")
    busy.change_order(busy.imported, status="closed")  # nothing was ever declared
    busy.change_order(busy.closed, status="archived")
    assert found(busy) == {}


def test_R52_a_produced_quantity_that_was_not_registered(busy: Busy) -> None:
    busy.change_order(busy.closed, produced_quantity=8)
    assert found(busy) == {
        "produced_quantity_differs": [
            {"order": busy.label(busy.closed), "produced_quantity": 8, "registered_quantity": 9}
        ]
    }
    busy.change_order(busy.closed, produced_quantity=9)
    busy.change_order(busy.imported, produced_quantity=5)  # imported so
    assert found(busy) == {}


# --- the answer ------------------------------------------------------------------------------------------------------


def test_there_are_five_examples_of_many_and_errors_come_first(busy: Busy) -> None:
    busy.stock("POWDER", 1)
    for number in range(7):
        busy.stock(busy.item(f"ITEM{number}"), -1 - number)
    error, warning = check(busy)
    assert (error.severity, error.code, error.finding_count) == ("error", "stock_negative", 7)
    assert [(one["item_code"], one["balance"]) for one in error.examples] == [
        (f"ITEM{number}", -1 - number) for number in (6, 5, 4, 3, 2)
    ]
    assert (warning.severity, warning.code, warning.finding_count) == ("warning", "lot_missing", 1)


def test_R63_sentences_and_hints_are_in_the_language_of_the_session(busy: Busy) -> None:
    busy.stock("POWDER", 1)
    [english] = check(busy)
    assert english.message == "Movements of lot items have no lot: no release finds that stock."
    busy.connection.execute("set local erp.language = 'it'")
    [italian] = check(busy)
    assert italian.message == "Movimenti di articoli a lotti senza lotto: nessun rilascio trova quella giacenza."
    assert italian[:4] == english[:4]


@pytest.fixture
def codes_by_language(rilascio: psycopg.Connection) -> Iterator[dict[str, set[tuple[int, str, str]]]]:
    """Give place, code and severity of the catalog by language."""
    rows = rilascio.execute(
        "select language, place, code, severity, message, hint from erp_internal.integrity_catalog() order by place"
    ).fetchall()
    assert all(message.endswith(".") and hint.endswith(".") for *_, message, hint in rows)
    return {spoken: {(p, c, s) for language, p, c, s, *_ in rows if language == spoken} for spoken, *_ in rows}


def test_R63_every_check_has_its_sentences_a_place_in_the_product_and_stands_in_the_comment(
    rilascio: psycopg.Connection, codes_by_language: dict[str, set[tuple[int, str, str]]]
) -> None:
    assert codes_by_language.keys() == {"en", "it"}
    assert codes_by_language["en"] == codes_by_language["it"]
    severities = [severity for _, _, severity in sorted(codes_by_language["en"])]
    assert severities == sorted(severities)
    texts = rilascio.execute(
        "select obj_description('erp_api.check_integrity'::regproc, 'pg_proc'), string_agg(p.prosrc, '')"
        " from pg_proc as p where p.proname like '%\\_offences'"
    ).fetchone()
    assert texts is not None
    for text in texts:
        assert {code for _, code, _ in codes_by_language["en"] if code not in text} == set()


def test_a_stranger_learns_nothing_and_an_unknown_company_is_no_other(
    rilascio: psycopg.Connection, rilascio_operator: str
) -> None:
    closed = Factory(rilascio, rilascio_operator, member=None)
    with pytest.raises(NotAMember):
        check(closed)
    with pytest.raises(NotAMember):
        closed.call("select * from erp_api.check_integrity(%s)", [-1])
    with pytest.raises(NotAMember):
        closed.call("select * from erp_api.check_integrity(null)")


def test_a_reader_may_not_check(rilascio: psycopg.Connection, rilascio_reader: str) -> None:
    with pytest.raises(InsufficientPrivilege), acting_as(rilascio, rilascio_reader):
        rilascio.execute("select * from erp_api.check_integrity(1)")


def test_each_company_sees_its_own(busy: Busy, rilascio: psycopg.Connection, rilascio_operator: str) -> None:
    other = Factory(rilascio, rilascio_operator, "OTHER")
    other.stock(other.item("NUT"), -1)
    assert check(busy) == []
    assert found(other).keys() == {"stock_negative"}


def test_it_runs_in_a_read_only_transaction(busy: Busy) -> None:
    busy.connection.execute("set transaction read only")
    assert check(busy) == []
