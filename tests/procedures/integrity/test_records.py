"""Stock records and the history agree with what the runs did; where they do not, it is found (R19, R37, R61)."""

import pytest

from tests.factory import MAIN, day, outcomes
from tests.procedures.integrity.busy import Busy, corrupt, found


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
    )
    busy.number_records()
    assert found(busy) == {"record_empty": [{"warehouse_code": MAIN, "record_date": "2026-03-07", "record_number": 1}]}


def test_R19_a_record_of_a_run_whose_lines_have_a_gap(busy: Busy) -> None:
    record = busy.record(busy.released)
    busy.connection.execute("select erp_internal.set_write_mode('maintenance')")
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
    with busy.maintenance():
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
    corrupt(busy, "update erp.production_declaration set registration_run_id = null, produced_quantity = 0,"
            " closed_order = false where"
            " production_declaration_id = any(%s)", busy.closing[3:])  # fmt: skip
    corrupt(busy, "update erp.production_order set status = 'executive', produced_quantity = 0"
            " where production_order_id = %s", busy.closed)  # fmt: skip
    result = found(busy)
    assert {one["declaration_id"] for one in result["record_not_in_force"]} == {busy.closing[3], busy.closing[4]}
    assert result.keys() == {"record_not_in_force", "registration_lost"}


def test_R13_a_counterpart_that_does_not_cancel_out(busy: Busy) -> None:
    busy.connection.execute("select erp_internal.set_write_mode('maintenance')")
    busy.connection.execute("update erp.stock_movement set quantity = quantity - 0.25 where counterpart")
    assert found(busy) == {
        "counterpart_differs": [
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
    busy.connection.execute("select erp_internal.set_write_mode('maintenance')")
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


def test_R61_a_run_that_no_reader_of_the_feed_will_hear_of(busy: Busy) -> None:
    run = busy.run_of(busy.undone)
    corrupt(busy, "delete from erp.run_place where run_id = %s", run)
    assert found(busy) == {"run_not_in_feed": [{"run_id": run, "kind": "release"}]}


def test_R61_what_a_run_made_without_answering_for_it(busy: Busy) -> None:
    run = busy.run_of(busy.undone)
    corrupt(busy, "delete from erp.run_order where run_id = %s", run)
    result = found(busy)
    one = {"run_id": run, "kind": "release", "requested_count": 1, "answer_count": 0, "unknown_count": 0}
    assert result["run_unanswered"] == [one]
    assert [one["records_found"] for one in result["history_differs"]] == [1]
    assert result.keys() == {"run_unanswered", "history_differs", "release_unknown"}


@pytest.mark.parametrize(
    ("manual_change", "answer_count"),
    [
        ("delete from erp.run_order where outcome = 'refused'", 1),
        (
            "insert into erp.run_order select company_id, run_id, 4, production_order_id, order_year, order_number,"
            " order_lot, production_declaration_id, outcome, record_count, movement_count, other_order_id, reasons"
            " from erp.run_order where outcome = 'refused'",
            3,
        ),
    ],
)
def test_R61_an_answer_that_is_missing_and_one_too_many(busy: Busy, manual_change: str, answer_count: int) -> None:
    corrupt(busy, "delete from erp.run_order where outcome = 'refused'")
    corrupt(busy, "delete from erp.run where kind = 'release' and run_id not in (select run_id from erp.run_order)")
    assert found(busy) == {}
    rows = busy.release(busy.imported, 999_999_999, busy.order())
    assert outcomes(rows) == ["refused", "refused", "released"]
    assert found(busy) == {}
    corrupt(busy, manual_change)
    one = {"run_id": rows[0].run_id, "kind": "release", "requested_count": 3, "answer_count": answer_count}
    assert found(busy) == {"run_unanswered": [{**one, "unknown_count": 1}]}


def test_R61_an_answer_that_runs_of_the_kind_do_not_give(busy: Busy) -> None:
    corrupt(busy, "update erp.run_order set outcome = 'declared' where outcome = 'deleted'")
    [example] = found(busy)["answer_of_other_kind"]
    assert (example["kind"], example["outcome"], example["order"]) == ("deletion", "declared", busy.label(busy.open))
    assert found(busy).keys() == {"answer_of_other_kind"}


# --- the run of a first load -----------------------------------------------------------------------------------------


@pytest.fixture
def loaded(busy: Busy) -> Busy:
    """Give the factory as if a first load had brought in what was entered by hand, for no order."""
    run = "(select max(run_id) from erp.run where kind = 'load')"
    corrupt(busy, "insert into erp.run (company_id, kind, session_role, caller_role, arguments)"
            " values (%s, 'load', 'anna', 'anna', '{}')", busy.company_id)  # fmt: skip
    corrupt(busy, f"update erp.stock_record set run_id = {run} where run_id is null and production_order_id is null")
    corrupt(busy, "insert into erp.run_row (company_id, run_id, ordinal, kind, place, key, outcome, record_count,"
            " movement_count, reasons) select company_id, run_id, row_number() over (), 'opening_stock', 1, '{}',"
            f" 'posted', 1, 1, '[]' from erp.stock_record where run_id = {run}")  # fmt: skip
    corrupt(busy, f"insert into erp.run_place (company_id, run_id) select company_id, run_id from erp.run"
            f" where run_id = {run}")  # fmt: skip
    assert found(busy) == {}
    return busy


@pytest.mark.parametrize("column", ["record_count", "movement_count"])
def test_R61_a_load_that_says_it_made_something_else(loaded: Busy, column: str) -> None:
    corrupt(loaded, f"update erp.run_row set {column} = {column} + 2 where ordinal = 1 and kind = 'opening_stock'")
    [example] = found(loaded)["history_differs"]
    assert example.keys() == {"run_id", "record_count", "movement_count", "records_found", "movements_found"}
    assert example[column] == example[column.replace("_count", "s_found")] + 2
    assert found(loaded).keys() == {"history_differs"}


def test_R61_a_load_that_lost_a_record(loaded: Busy) -> None:
    corrupt(loaded, "update erp.stock_record set run_id = null where stock_record_id ="
            " (select max(stock_record_id) from erp.stock_record where production_order_id is null)")  # fmt: skip
    [example] = found(loaded)["history_differs"]
    assert example["record_count"] == example["records_found"] + 1
    assert found(loaded).keys() == {"history_differs"}


def test_R61_opening_stock_that_names_an_order(loaded: Busy) -> None:
    corrupt(loaded, "update erp.stock_record as r set production_order_id = o.production_order_id,"
            " order_year = o.order_year, order_number = o.order_number, order_lot = o.order_lot"
            " from erp.production_order as o where o.production_order_id = %s and r.stock_record_id ="
            " (select max(stock_record_id) from erp.stock_record where production_order_id is null)",
            loaded.released)  # fmt: skip
    result = found(loaded)
    assert [one["order"] for one in result["record_not_in_force"]] == [loaded.label(loaded.released)]
    assert result.keys() == {"record_not_in_force", "history_differs"}
