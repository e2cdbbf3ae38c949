"""Registration without a date: each declaration is registered on the day of its moment in the company (R51, R18)."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from tests.factory import MAIN, Factory, codes, day, needs, outcomes, phase, report


@pytest.fixture
def shop(factory: Factory) -> Factory:
    """Give a factory of Greenwich, where what is produced goes to STORE, and GLUE is picked by hand from MAIN."""
    factory.parameters(time_zone="Etc/UTC")
    factory.warehouse("STORE")
    factory.rule("finished", "STORE")
    factory.item("GLUE", "manual")
    return factory


def noon(number: int) -> str:
    """Return a moment of the day of this number."""
    return f"{day(number).isoformat()}T12:00:00Z"


def worked(factory: Factory, *days: int, good: int = 1, material: Any = None, **values: Any) -> list[int]:
    """Make and release an order of 10, and declare its opening and a part on each day. Return the parts' ids."""
    order = factory.order(material or needs("GLUE"), quantity=10, phases=[phase(10)], **values)
    assert outcomes(factory.release(order, on=day(0))) == ["released"]
    opening, *parts = factory.declared(
        order,
        report("opening", declared_at=noon(min(days))),
        *(report("progress", good=good, declared_at=noon(number)) for number in days),
    )
    assert outcomes(factory.register(opening, on=day(0))) == ["registered"]
    return parts


def record_days(factory: Factory, *declarations: int) -> list[set[date]]:
    """Return for each declaration the days of its records."""
    rows = factory.call(
        "select declaration_id, record_date from erp_api.declaration_movement_grid where company_id = %s",
        [factory.company_id],
    )
    return [{row.record_date for row in rows if row.declaration_id == one} for one in declarations]


def registered_alike(factory: Factory, declarations: Sequence[int], *reasons: list[str]) -> list[Any]:
    """Register without a date, as the preview has it; return the rows."""
    planned = factory.preview_registration(*declarations)
    rows = factory.register(*declarations)
    assert [codes(row) for row in rows] == list(reasons)
    first = {row.ordinal: row for row in reversed(planned)}
    assert [codes(first[row.ordinal]) for row in rows] == list(reasons)
    return rows


def test_R51_each_declaration_of_a_call_is_registered_on_the_day_of_its_moment(shop: Factory) -> None:
    shop.stock("GLUE", 100)
    parts = worked(shop, 1, 1, 4, 9)
    planned = shop.preview_registration(*parts)
    assert outcomes(shop.register(*parts)) == ["registered"] * 4
    days = [day(1), day(1), day(4), day(9)]
    assert record_days(shop, *parts) == [{one} for one in days]
    assert [{row.record_date for row in planned if row.declaration_id == part} for part in parts] == [
        {one} for one in days
    ]


def test_R51_a_date_that_is_passed_holds_for_all(shop: Factory) -> None:
    shop.stock("GLUE", 100)
    parts = worked(shop, 1, 4)
    assert {row.record_date for row in shop.preview_registration(*parts, on=day(7))} == {day(7)}
    shop.register(*parts, on=day(7))
    assert record_days(shop, *parts) == [{day(7)}] * 2


@pytest.mark.parametrize(("zone", "later"), [("Pacific/Kiritimati", 1), ("Etc/GMT+12", 0), (None, None)])
def test_R51_the_day_of_a_moment_is_the_companys(shop: Factory, zone: str | None, later: int | None) -> None:
    """Without a zone of the company it is the session's."""
    shop.stock("GLUE", 100)
    shop.parameters(time_zone=zone)
    parts = worked(shop, 3)
    for session, offset in (("UTC", 0), ("Pacific/Kiritimati", 1)):
        shop.connection.execute("select set_config('TimeZone', %s, true)", [session])
        shop.register(*parts)
        assert record_days(shop, *parts) == [{day(3 + (offset if later is None else later))}]
        shop.roll_back(*parts)


def test_R18_only_what_was_declared_in_a_closed_period_is_refused(shop: Factory) -> None:
    shop.stock("GLUE", 100)
    early, late = worked(shop, 1), worked(shop, 4)
    broken = worked(shop, 2, 5)
    shop.parameters(period_start=day(3))
    rows = registered_alike(
        shop, [*early, *late, *broken], ["period_closed"], [], ["period_closed"], ["sequence_broken"]
    )
    assert str(day(1)) in rows[0].reasons[0]["message"]
    assert str(day(2)) in rows[2].reasons[0]["message"]


def test_R12_a_warehouse_serves_what_was_declared_while_it_was_valid(shop: Factory) -> None:
    shop.stock("GLUE", 100)
    shop.change_warehouse(MAIN, valid_until=day(3))
    within, after = worked(shop, 3), worked(shop, 4)
    registered_alike(shop, [*after, *within], ["warehouse_expired"], [])


def test_R16_each_is_served_from_the_stock_of_its_day(shop: Factory) -> None:
    """Two pieces are there, two more come on day 5; the sequence of the call decides, not that of the days."""
    shop.stock("GLUE", 2)
    shop.stock("GLUE", 2, on=day(5))
    orders = [worked(shop, number, good=2)[0] for number in (6, 2, 4)]
    rows = registered_alike(shop, orders, [], [], ["insufficient_stock"])
    assert (rows[2].reasons[0]["required"], rows[2].reasons[0]["available"]) == (2, 0)
    assert shop.balance("GLUE") == 0


def test_R16_what_an_earlier_row_of_the_call_takes_on_a_later_day_is_gone_before_too(shop: Factory) -> None:
    shop.stock("GLUE", 2)
    late, early = worked(shop, 6, good=2), worked(shop, 2, good=1)
    registered_alike(shop, [*late, *early], [], ["later_stock_negative"])
    shop.roll_back(*late)
    registered_alike(shop, [*early, *late], [], ["insufficient_stock"])


def test_R16_what_the_call_loads_is_there_from_its_day_on(shop: Factory) -> None:
    """FRAME is made on day 3 and needed on days 2, 3 and 4, by rows that are served after it."""
    shop.item("FRAME", "manual", "production")
    shop.rule("semi_finished", "STORE")
    [made] = worked(shop, 3, good=2, item="FRAME", level=2)
    users = [worked(shop, number, material=needs("FRAME"))[0] for number in (2, 3, 4)]
    shop.stock("GLUE", 2)
    registered_alike(shop, [made, *users], [], ["insufficient_stock"], [], [])
    assert shop.balance("FRAME", "STORE") == 0


def test_R16_R25_lots_are_taken_from_what_each_day_leaves_of_them(shop: Factory) -> None:
    shop.item("SALT", "manual", by_lot=True, lot_policy="expiry")
    shop.lot("SALT", "A", expiry_date=day(3))
    shop.lot("SALT", "B", expiry_date=day(30))
    shop.stock("SALT", 5, lot="A")
    shop.stock("SALT", 4, lot="B", on=day(4))
    late, early, soon = (worked(shop, number, good=3, material=needs("SALT"))[0] for number in (5, 2, 3))
    registered_alike(shop, [late, early, soon], [], [], ["lot_unavailable"])
    assert shop.declaration_movements(late)[-1][2] == "B"
    assert {row[2] for row in shop.declaration_movements(early) if row[0] == "SALT"} == {"A"}
    assert shop.balance("SALT", lot="A") == 2


def test_R19_records_are_numbered_day_by_day(shop: Factory) -> None:
    shop.stock("GLUE", 100)
    parts = worked(shop, 1, 4, 4)
    shop.register(*parts, *worked(shop, 4))
    rows = shop.call(
        "select warehouse_code, record_date, record_number from erp_api.declaration_movement_grid"
        " where company_id = %s order by 1, 2, 3",
        [shop.company_id],
    )
    expected = [(day(1), 1), (day(4), 1), (day(4), 2), (day(4), 3)]
    assert [tuple(row) for row in rows] == [(code, *one) for code in (MAIN, "STORE") for one in expected]
    assert shop.call("select * from erp_api.check_integrity(%s)", [shop.company_id]) == []


def test_R19_a_day_without_numbers_left_refuses_what_was_declared_on_it_alone(shop: Factory) -> None:
    shop.stock("GLUE", 100)
    shop.last_number("STORE", day(4), 2**31 - 2)
    first, second, third, other = (worked(shop, number)[0] for number in (4, 1, 4, 5))
    rows = registered_alike(shop, [first, second, third, other], [], [], ["record_numbers_exhausted"], [])
    assert str(day(4)) in rows[2].reasons[0]["message"]


def test_R51_a_lot_begins_on_the_first_day_on_which_its_call_loads_it(shop: Factory) -> None:
    shop.item("CHEESE", "manual", "production", by_lot=True)
    shop.stock("GLUE", 100)
    orders = [shop.order(needs("GLUE"), quantity=10, phases=[phase(10)], item="CHEESE") for _ in range(2)]
    shop.release(*orders, on=day(0))
    parts = []
    for order, number in zip(orders, (6, 3), strict=True):
        opening, part = shop.declared(
            order,
            report("opening", declared_at=noon(number)),
            report("progress", good=2, lot_code="NEW", declared_at=noon(number)),
        )
        parts += [opening, part]
    assert outcomes(shop.register(*parts)) == ["registered"] * 4
    [lot] = shop.call(
        "select start_date from erp_data.lot where company_id = %s and lot_code = 'NEW'", [shop.company_id]
    )
    assert lot.start_date == day(3)


def test_R53_a_rollback_takes_back_what_lies_on_several_days(shop: Factory) -> None:
    shop.stock("GLUE", 10)
    shop.stock("GLUE", 10, on=day(5))
    early, late = worked(shop, 1, 3, good=3), worked(shop, 2, 6, good=4)
    before = shop.snapshot()
    everything = [late[0], early[0], early[1], late[1]]
    assert outcomes(shop.register(*everything)) == ["registered"] * 4
    assert outcomes(shop.roll_back(*everything)) == ["rolled_back"] * 4
    assert shop.snapshot() == before
    assert outcomes(shop.register(*everything)) == ["registered"] * 4


def test_R53_R18_a_rollback_refuses_what_lies_in_a_closed_period_and_what_goes_before_it(shop: Factory) -> None:
    shop.stock("GLUE", 100)
    one, other = worked(shop, 1, 5), worked(shop, 4, 6)
    shop.register(*one, *other)
    shop.parameters(period_start=day(3), period_end=day(5))
    rows = shop.roll_back(*one, *other)
    assert [(row.declaration_id, codes(row)) for row in rows] == [
        (one[0], ["period_closed"]),
        (one[1], []),
        (other[0], ["sequence_broken"]),
        (other[1], ["period_closed"]),
    ]


def test_R53_R38_a_load_of_an_early_day_stays_where_a_later_day_of_the_call_took_it(shop: Factory) -> None:
    shop.item("FRAME", "manual", "production")
    shop.rule("semi_finished", "STORE")
    shop.stock("GLUE", 10)
    [made] = worked(shop, 2, good=2, item="FRAME", level=2)
    [user] = worked(shop, 5, good=2, material=needs("FRAME"))
    assert outcomes(shop.register(made, user)) == ["registered"] * 2
    assert [codes(row) for row in shop.roll_back(made)] == [["counterpart_stock_used"]]
    assert outcomes(shop.roll_back(user, made)) == ["rolled_back"] * 2


def test_R60_a_repeated_call_without_a_date_answers_the_same(shop: Factory) -> None:
    shop.stock("GLUE", 100)
    parts, key = worked(shop, 1, 4), uuid.uuid4()
    first = shop.register(*parts, key=key)
    shop.parameters(time_zone="Pacific/Kiritimati")
    assert shop.register(*parts, key=key) == first
    assert record_days(shop, *parts) == [{day(1)}, {day(4)}]


def test_R51_declared_without_a_moment_it_is_the_day_of_the_declaration(shop: Factory) -> None:
    shop.stock("GLUE", 100)
    order = shop.order(needs("GLUE"), quantity=10, phases=[phase(10)])
    shop.release(order, on=day(0))
    parts = shop.declared(order, report("opening"), report("progress", good=1))
    shop.register(*parts)
    [row] = shop.call("select (now() at time zone 'UTC')::date as today")
    assert record_days(shop, parts[1]) == [{row.today}]


def test_R16_what_the_call_loads_on_a_later_day_sets_free_what_is_there_before(shop: Factory) -> None:
    """FRAME lies there, but others take it on day 5; what is made on that day makes up for it."""
    shop.item("FRAME", "manual", "production")
    shop.rule("semi_finished", "STORE")
    shop.stock("GLUE", 10)
    shop.stock("FRAME", 5, warehouse="STORE")
    shop.stock("FRAME", -5, warehouse="STORE", on=day(5))
    [user] = worked(shop, 2, good=3, material=needs("FRAME"))
    [made] = worked(shop, 5, good=4, item="FRAME", level=2)
    registered_alike(shop, [user, made], ["later_stock_negative"], [])
    shop.roll_back(made)
    registered_alike(shop, [made, user], [], [])
    assert shop.balance("FRAME", "STORE") == 1
