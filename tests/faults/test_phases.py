"""Phases that come or change while an order runs: a registration keeps what it did (R54)."""

from tests.factory import needs, outcomes, phase, report
from tests.faults.outside import Outside


def test_R54_a_phase_added_after_the_closing_leaves_the_way_back_open(changed: Outside) -> None:
    order = changed.order(needs("A", 2), quantity=10, phases=[phase(10)])
    changed.released(order)
    declarations = changed.produced(order)
    assert changed.state(order) == ("closed", 10)

    changed.insert_phase(order, 20)

    assert set(outcomes(changed.roll_back(*declarations))) == {"rolled_back"}
    assert changed.state(order) == ("executive", 0)
    assert set(outcomes(changed.undeclare(*declarations))) == {"deleted"}
    changed.restored(order)
    assert changed.state(order) == ("launched", 0)
    assert changed.stocks() == {"MAIN A": 100}
    assert changed.findings() == set()


def test_R54_a_phase_made_movable_after_registration_hinders_no_rollback(changed: Outside) -> None:
    one = changed.order(needs("A"), quantity=10, phases=[phase(10), phase(20, movable=False)])
    other = changed.order(quantity=10, phases=[phase(10), phase(20)])
    changed.released(one, other)
    of_other = changed.declared(other, report("opening"), report("closing", good=10))
    of_one = changed.declared(one, report("opening", 20), report("closing", 20, good=10))
    changed.registered(*of_other, *of_one)

    changed.change(
        "update erp.production_order_phase set movable = true where production_order_id = %s and phase = 20", one
    )

    changed.taken_back(*of_other, *of_one)
    changed.restored(one, other)
    assert [changed.state(order) for order in (one, other)] == [("launched", 0)] * 2
    assert changed.stocks() == {"MAIN A": 100}
    assert changed.findings() == set()


def test_R54_a_phase_added_midway_loads_nothing_twice(changed: Outside) -> None:
    order = changed.order(needs("A", 2), quantity=10, phases=[phase(10)])
    changed.released(order)
    declarations = changed.declared(order, report("opening"), report("progress", good=4))
    changed.registered(*declarations)

    added = changed.insert_phase(order, 20)

    declarations += changed.declared(order, report("closing", good=6))
    if added:
        declarations += changed.declared(order, report("opening", 20), report("closing", 20, good=10))
    changed.registered(*declarations[2:])
    assert changed.state(order) == ("closed", 10)
    assert changed.stocks() == {"MAIN A": 80, "MAIN BIKE": 10}
    assert changed.findings() == set()

    changed.taken_back(*declarations)
    changed.restored(order)
    assert changed.state(order) == ("launched", 0)
    assert changed.stocks() == {"MAIN A": 100}
    assert changed.findings() == set()
