"""Settings that change after a release: what it decided is kept, and decides what follows (R3)."""

from collections.abc import Callable

import pytest

from tests.factory import needs, phase
from tests.faults.outside import Outside


def issued_once(outside: Outside, change: Callable[[], object], stocks: dict[str, int], back: dict[str, int]) -> None:
    """Release an order for 20 A, let something change, produce it, and walk the way back."""
    order = outside.order(needs("A", 2), quantity=10, phases=[phase(10)])
    outside.released(order)
    change()
    declarations = outside.produced(order)
    assert outside.state(order) == ("closed", 10)
    assert outside.stocks() == stocks
    assert outside.findings() == set()
    outside.taken_back(*declarations)
    outside.restored(order)
    assert outside.stocks() == back
    assert outside.findings() == set()


@pytest.mark.parametrize("now", ["manual", "with_list"])
def test_R3_what_was_issued_at_release_is_not_issued_again(outside: Outside, now: str) -> None:
    issued_once(outside, lambda: outside.pick("A", now), {"MAIN A": 80, "MAIN BIKE": 10}, {"MAIN A": 100})


@pytest.mark.parametrize("now", ["automatic", "with_list"])
def test_R3_what_release_left_for_the_registration_is_issued_there(outside: Outside, now: str) -> None:
    outside.pick("A", "manual")
    issued_once(outside, lambda: outside.pick("A", now), {"MAIN A": 80, "MAIN BIKE": 10}, {"MAIN A": 100})


@pytest.mark.parametrize("now", ["automatic", "manual"])
def test_R3_what_is_issued_by_list_never_is_by_a_registration(outside: Outside, now: str) -> None:
    outside.pick("A", "with_list")
    issued_once(outside, lambda: outside.pick("A", now), {"MAIN A": 100, "MAIN BIKE": 10}, {"MAIN A": 100})


@pytest.mark.parametrize("picking", ["automatic", "with_list"])
def test_R3_rows_that_need_nothing_more_need_no_parameters(outside: Outside, picking: str) -> None:
    outside.pick("A", picking)
    issued_once(
        outside,
        lambda: outside.change(
            "delete from erp.item_mrp_parameter where company_id = %s and item_id = %s",
            outside.company_id,
            outside.id("item", "A"),
        ),
        {"MAIN A": 80 if picking == "automatic" else 100, "MAIN BIKE": 10},
        {"MAIN A": 100},
    )


@pytest.fixture
def wip(outside: Outside) -> Outside:
    """Give the company with manual materials that release transfers to WIP, and a warehouse WIP2 with 50 A."""
    outside.parameters(wip_management=True, transfer_manual_to_wip=True)
    outside.pick("A", "manual")
    for code in ("WIP", "WIP2"):
        outside.warehouse(code)
    outside.rule("wip", "WIP", semi_finished_issue="ISS")
    outside.stock("A", 50, warehouse="WIP2")
    return outside


DONE = {"MAIN A": 80, "WIP2 A": 50, "MAIN BIKE": 10}
BACK = {"MAIN A": 100, "WIP2 A": 50}


@pytest.mark.parametrize(
    "settings",
    [{"wip_management": False}, {"transfer_manual_to_wip": False}],
    ids=lambda settings: next(iter(settings)),
)
def test_R3_what_was_transferred_is_issued_from_where_it_was_transferred_to(
    wip: Outside, settings: dict[str, bool]
) -> None:
    issued_once(wip, lambda: wip.parameters(**settings), DONE, BACK)


def test_R3_stock_that_lies_where_the_rules_point_now_is_not_taken(wip: Outside) -> None:
    issued_once(wip, lambda: wip.rule("wip", "WIP2", item="A", semi_finished_issue="ISS"), DONE, BACK)


def test_R3_the_rules_may_be_gone(wip: Outside) -> None:
    issued_once(wip, lambda: wip.no_rule("wip"), DONE, BACK)
    wip.rule("wip", "WIP", semi_finished_issue="ISS")


def test_R3_so_may_the_parameters_of_what_was_transferred(wip: Outside) -> None:
    issued_once(
        wip,
        lambda: wip.change(
            "delete from erp.item_mrp_parameter where company_id = %s and item_id = %s",
            wip.company_id,
            wip.id("item", "A"),
        ),
        DONE,
        BACK,
    )
