"""Today is the company's, whatever the session takes for it (R18). One of two zones is always on another day.

The one zone is 14 hours ahead of Greenwich, the other 12 behind, so that together they see a date that no session sees
at that moment.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from psycopg.errors import InvalidParameterValue

from tests.factory import Factory, needs, outcomes, phase, report

AHEAD, BEHIND = "Pacific/Kiritimati", "Etc/GMT+12"


def today_in(factory: Factory, zone: str) -> date:
    [row] = factory.call("select (now() at time zone %s)::date as today", [zone])
    today: date = row.today
    return today


@pytest.fixture(params=[AHEAD, BEHIND])
def zoned(request: pytest.FixtureRequest, factory: Factory) -> Factory:
    """Give a company in the zone, whose orders need NUT and are made in phase 10."""
    factory.parameters(time_zone=request.param)
    factory.rule("finished", "MAIN")
    factory.item("NUT")
    factory.stock("NUT", 100)
    return factory


def test_one_of_the_zones_is_on_another_day_than_the_session(factory: Factory) -> None:
    [row] = factory.call("select current_date as today")
    assert {today_in(factory, AHEAD), today_in(factory, BEHIND)} != {row.today}


def order_of(factory: Factory) -> int:
    return factory.order(needs("NUT", 2), phases=[phase(10)])


def opening(factory: Factory) -> int:
    order = order_of(factory)
    factory.release(order, on=zone_today(factory))
    [declaration] = factory.declared(order, report("opening"))
    return declaration


def zone_today(factory: Factory) -> date:
    [row] = factory.call("select time_zone from erp_data.company where company_id = %s", [factory.company_id])
    return today_in(factory, row.time_zone)


CALLS: dict[str, Callable[[Factory], Any]] = {
    "release": lambda f: outcomes(f.release(order_of(f))),
    "preview": lambda f: outcomes(f.preview(order_of(f))),
    "feasibility": lambda f: [
        {"all": "released", "none": "refused"}[row.feasibility]
        for row in f.call("select * from erp_api.order_feasibility(%s, %s)", [f.company_id, [order_of(f)]])
    ],
    "registration": lambda f: outcomes(f.register(opening(f))),
    "preview of a registration": lambda f: outcomes(f.preview_registration(opening(f))),
    "diagnosis": lambda f: [
        "refused" if row.code == "period_closed" else "released"
        for row in f.call("select * from erp_api.diagnose_configuration(%s)", [f.company_id])
        if row.code.startswith("period")
    ],
}
"""What a call without a record date comes to."""


@pytest.mark.parametrize("call", CALLS)
def test_R18_a_call_without_a_date_is_of_the_day_that_it_is_in_the_company(zoned: Factory, call: str) -> None:
    today = zone_today(zoned)
    zoned.parameters(period_start=today, period_end=today)
    assert CALLS[call](zoned) in (["released"], ["registered"])


def test_R18_the_records_of_a_call_without_a_date_bear_the_day_of_the_company(zoned: Factory) -> None:
    order = order_of(zoned)
    zoned.release(order)
    assert [m.record_date for m in zoned.movements(order)] == [zone_today(zoned)]


def test_R18_a_date_passed_is_taken_as_it_is(zoned: Factory) -> None:
    order, day_before = order_of(zoned), zone_today(zoned) - timedelta(days=1)
    zoned.release(order, on=day_before)
    assert [m.record_date for m in zoned.movements(order)] == [day_before]


def test_R41_feasibility_is_that_of_the_companys_day(zoned: Factory) -> None:
    zoned.item("BOLT")
    zoned.stock("BOLT", 1, on=zone_today(zoned))
    zoned.item("PIN")
    early, late = zoned.order(needs("BOLT")), zoned.order(needs("PIN"))
    zoned.stock("PIN", 1, on=zone_today(zoned) + timedelta(days=1))
    rows = zoned.call("select * from erp_api.order_feasibility(%s, %s)", [zoned.company_id, [early, late]])
    assert [row.feasibility for row in rows] == ["all", "none"]


@pytest.mark.parametrize(("days", "late"), [(-1, True), (0, False)])
def test_R1_R30_an_order_is_late_whose_end_lies_before_today_of_its_company(
    zoned: Factory, days: int, late: bool
) -> None:
    order = order_of(zoned)
    zoned.change_order(order, end_date=zone_today(zoned) + timedelta(days=days))
    assert [row.late for row in zoned.select("release_grid")] == [late]
    zoned.release(order)
    assert [row.late for row in zoned.select("restore_grid")] == [late]


@pytest.mark.parametrize("zone", [AHEAD, BEHIND])
def test_R18_without_a_zone_of_the_company_today_is_that_of_the_session(factory: Factory, zone: str) -> None:
    factory.item("NUT")
    factory.stock("NUT", 10)
    today = today_in(factory, zone)
    order = factory.order(needs("NUT"), end_date=today)
    factory.connection.execute("select set_config('TimeZone', %s, true)", [zone])
    assert [row.late for row in factory.select("release_grid")] == [False]
    factory.release(order)
    assert [m.record_date for m in factory.movements(order)] == [today]


def test_R18_each_company_has_a_day_of_its_own(factory: Factory) -> None:
    other = Factory(factory.connection, factory.operator, "OTHER")
    ends = {}
    for company, zone in ((factory, AHEAD), (other, BEHIND)):
        company.parameters(time_zone=zone)
        ends[company.company_id] = today_in(company, zone)
        company.order(end_date=ends[company.company_id])
        company.order(end_date=ends[company.company_id] - timedelta(days=1))
    rows = factory.call("select company_id, end_date, late from erp_api.release_grid")
    assert len(rows) == 4
    assert all(row.late == (row.end_date < ends[row.company_id]) for row in rows)


@pytest.mark.parametrize("zone", ["Europe/Rom", "europe/rome", "CEST", "CET", "EST", "localtime", "UTC+2", "+02", ""])
def test_R18_a_zone_that_is_no_iana_name_of_the_server_is_refused_by_hand_too(factory: Factory, zone: str) -> None:
    with (
        pytest.raises(InvalidParameterValue, match=f"knows no time zone '{zone.replace('+', '[+]')}'") as error,
        factory.connection.transaction(),
    ):
        factory.parameters(time_zone=zone)
    assert (error.value.diag.table_name, error.value.diag.column_name) == ("production_parameter", "time_zone")
    assert "Europe/Rome" in str(error.value.diag.message_hint)
    factory.parameters(time_zone="Europe/Rome")
    factory._execute("delete from erp.production_parameter where company_id = %s", [factory.company_id])
    new = {"period_start": date(2020, 1, 1), "period_end": date(2099, 12, 31)}
    with pytest.raises(InvalidParameterValue, match="knows no time zone"), factory.connection.transaction():
        factory._insert("production_parameter", time_zone=zone, **new)
    factory._insert("production_parameter", time_zone="Europe/Rome", **new)


@pytest.mark.parametrize("zone", ["UTC", "GMT", "Etc/GMT+12", "Japan", "America/Argentina/Buenos_Aires"])
def test_R18_every_other_iana_name_is_taken(factory: Factory, zone: str) -> None:
    factory.parameters(time_zone=zone)
    assert zone_today(factory) == today_in(factory, zone)
