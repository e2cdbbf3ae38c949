"""Orders, splits and job orders agree with what the runs did; where they do not, it is found (R20, R35, R50)."""

import pytest

from tests.factory import day, outcomes, phase, report
from tests.procedures.integrity.busy import Busy, check, corrupt, found


def test_R2_an_order_that_names_a_run_that_did_not_release_it(busy: Busy) -> None:
    run = busy.run_of(busy.released)
    corrupt(busy, "update erp.production_order set release_run_id = %s, released_at = now()"
            " where production_order_id = %s", run, busy.imported)  # fmt: skip
    one = {"order": busy.label(busy.imported), "status": "executive", "run_id": run}
    result = found(busy)
    assert result["release_unknown"] == [one]
    assert result.keys() == {"release_unknown", "issued_differs"}  # its rows stand as if that run had released them


def test_R20_a_launched_order_whose_release_is_in_force(busy: Busy) -> None:
    corrupt(busy, "update erp.production_order set status = 'launched' where production_order_id = any(%s)",
            [busy.undone])  # fmt: skip
    one = {"order": busy.label(busy.undone), "status": "launched", "run_id": busy.run_of(busy.undone)}
    assert found(busy) == {"launched_order_released": [one]}


def test_R20_a_launched_order_with_records_or_registered_declarations(busy: Busy) -> None:
    corrupt(busy, "update erp.production_order set status = 'launched', release_run_id = null, released_at = null"
            " where production_order_id = any(%s)", [busy.undone, busy.open])  # fmt: skip
    result = found(busy)
    assert {one["order"] for one in result["launched_order_released"]} == {
        busy.label(busy.undone),
        busy.label(busy.open),
    }
    assert result.keys() == {"launched_order_released", "release_lost", "decision_left"}


def test_R62_an_order_that_was_released_twice(busy: Busy) -> None:
    order = busy.order()  # nothing of it moves, so that its releases leave no other trace
    busy.release(order)
    corrupt(busy, "update erp.production_order set status = 'launched', release_run_id = null, released_at = null"
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
    corrupt(busy, "update erp.production_order set release_run_id = null, released_at = null"
            " where production_order_id = %s", order)  # fmt: skip
    assert found(busy) == {
        "release_lost": [{"order": busy.label(order), "status": "executive", "release_count": 2, "restore_count": 1}]
    }


@pytest.mark.parametrize("status", ["closed", "archived"])
def test_R20_R52_a_released_order_that_no_registration_closed(busy: Busy, status: str) -> None:
    corrupt(busy, "update erp.production_order set status = %s where production_order_id = any(%s)",
            status, [busy.released, busy.open])  # fmt: skip
    result = found(busy)
    one = {"status": status, "run_id": busy.run_of(busy.released)}
    assert result["status_unexplained"][0] == {"order": busy.label(busy.released), **one}
    if status == "closed":  # something of the other one is registered: that is asked of its declarations
        assert result.keys() == {"status_unexplained", "closing_differs"}
    else:
        assert result.keys() == {"status_unexplained"}
        assert {x["order"] for x in result["status_unexplained"]} == {busy.label(busy.released), busy.label(busy.open)}


def test_R20_R52_an_archived_order_whose_closing_closed_another_phase_or_that_was_only_worked_on(busy: Busy) -> None:
    """The closing of an earlier phase closes no order; nor does progress of one that was not released (R39)."""
    assert set(outcomes(busy.roll_back(*busy.closing[3:]))) == {"rolled_back"}
    worked_on = busy.order(status="executive", phases=[phase(10)])
    progress = busy.declared(worked_on, report("opening"), report("progress", good=1))
    assert set(outcomes(busy.register(*progress))) == {"registered"}
    assert check(busy) == []
    corrupt(busy, "update erp.production_order set status = 'archived' where production_order_id = any(%s)",
            [busy.closed, worked_on])  # fmt: skip
    result = found(busy)
    assert {one["order"] for one in result["status_unexplained"]} == {busy.label(busy.closed), busy.label(worked_on)}
    assert result.keys() == {"status_unexplained"}


def test_R20_a_closed_order_may_be_archived(busy: Busy) -> None:
    corrupt(busy, "update erp.production_order set status = 'archived' where production_order_id = %s", busy.closed)
    assert check(busy) == []


def test_R55_a_short_close_that_no_run_knows_of_or_that_was_reopened(busy: Busy) -> None:
    order, other, reopened = busy.released, busy.split, busy.undone
    assert outcomes(busy.close(order, other, reopened)) == ["closed"] * 3
    run = busy.order_row(order).short_close_run_id
    assert outcomes(busy.reopen(reopened)) == ["reopened"]
    reopen_run = busy.select("run_order_history", reopened, order_by="run_id")[-1].run_id
    assert check(busy) == []
    corrupt(busy, "update erp.production_order set short_close_run_id = null where production_order_id = %s", order)
    corrupt(busy, "update erp.production_order set short_close_run_id = %s where production_order_id = any(%s)",
            busy.run_of(order), [other])  # fmt: skip
    corrupt(busy, "update erp.production_order set status = 'closed', short_close_run_id = %s"
            " where production_order_id = %s", run, reopened)  # fmt: skip
    result = found(busy)["short_close_differs"]
    assert {one.pop("order"): one for one in result} == {
        busy.label(order): {"status": "closed", "close_run_id": run},
        busy.label(other): {"status": "closed", "run_id": busy.run_of(order), "close_run_id": run},
        busy.label(reopened): {
            "status": "closed", "run_id": run, "close_run_id": run, "reopen_run_id": reopen_run
        },
    }  # fmt: skip


def test_R55_an_order_that_was_closed_short_and_by_a_registration(busy: Busy) -> None:
    assert outcomes(busy.close(busy.released)) == ["closed"]
    run = busy.order_row(busy.released).short_close_run_id
    corrupt(busy, "update erp.production_declaration set production_order_id = %s where closed_order", busy.released)
    [one] = found(busy)["short_close_differs"]
    assert (one["order"], one["run_id"], one["close_run_id"]) == (busy.label(busy.released), run, run)


def test_R55_an_order_that_was_closed_short_and_is_executive(busy: Busy) -> None:
    busy.close(busy.released)
    corrupt(busy, "update erp.production_order set status = 'executive' where production_order_id = %s", busy.released)
    result = found(busy)
    assert [one["order"] for one in result["short_close_differs"]] == [busy.label(busy.released)]
    assert result.keys() == {"short_close_differs"}


@pytest.mark.parametrize("status", ["executive", "closed"])
def test_R31_R39_a_restored_order_that_is_executive_again_without_a_release(busy: Busy, status: str) -> None:
    corrupt(busy, "update erp.production_order set status = %s where production_order_id = %s", status, busy.restored)
    [row] = check(busy)
    assert (row.code, row.severity) == ("status_without_release", "warning")
    [one] = row.examples
    assert (one["order"], one["status"]) == (busy.label(busy.restored), status)
    last = busy.select("run_order_history", busy.restored, order_by="run_id")[-1]
    assert (last.outcome, one["restore_run_id"]) == ("restored", last.run_id)


def test_R62_a_released_order_that_is_gone(busy: Busy) -> None:
    order = busy.order()
    busy.release(order)
    label = busy.label(order)
    corrupt(busy, "delete from erp.production_order where production_order_id = %s", order)
    assert found(busy) == {"release_lost": [{"order": label, "release_count": 1, "restore_count": 0}]}


@pytest.mark.parametrize(
    "manual_change",
    [
        "delete from erp.production_order_split where production_order_id = %s",
        "update erp.production_order_split set remainder_order_id = 0 where production_order_id = %s",
        "update erp.run_order set outcome = 'released', other_order_id = null where production_order_id = %s"
        " and outcome = 'split'",
    ],
)
def test_R35_a_split_that_is_not_the_one_of_the_release(busy: Busy, manual_change: str) -> None:
    corrupt(busy, manual_change, busy.split)
    assert found(busy) == {
        "split_differs": [{"order": busy.label(busy.split), "status": "executive", "run_id": busy.run_of(busy.split)}]
    }


def test_R23_a_split_whose_parts_do_not_add_up(busy: Busy) -> None:
    corrupt(busy, "update erp.production_order set quantity = 8 where production_order_id = %s", busy.split)
    result = {row.code: row for row in check(busy)}
    assert result.keys() == {"split_sum_differs", "issued_differs"}  # more than was issued for, too
    assert result["split_sum_differs"].severity == "warning"
    assert result["split_sum_differs"].examples == [
        {
            "order": busy.label(busy.split),
            "status": "executive",
            "whole_quantity": 10,
            "quantity": 8,
            "remainder_quantity": 3,
        }
    ]
    # whoever changes an order and says so is not asked
    corrupt(
        busy, "update erp.production_order set changed_at = %s where production_order_id = %s", day(300), busy.split
    )
    assert found(busy).keys() == {"issued_differs"}


def test_R28_commitments_remembered_of_a_release_that_is_not(busy: Busy) -> None:
    corrupt(busy, "insert into erp.material_lot_before_release select company_id, %s, 1, item_id, lot_id, 1, 1"
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


def test_R42_orders_whose_copies_for_the_grids_are_not_what_they_copy(busy: Busy) -> None:
    change = "update erp.production_order set {} where production_order_id = %s"
    corrupt(busy, change.format("copied_item_code = 'OTHER', copied_job_number = 99"), busy.released)
    corrupt(busy, change.format("first_machine = 'OTHER', released_at = released_at + interval '1 day'"), busy.split)
    assert {one["order"]: one["columns"] for one in found(busy)["order_copy_differs"]} == {
        busy.label(busy.released): "copied_item_code, copied_job_number",
        busy.label(busy.split): "first_machine, released_at",
    }
