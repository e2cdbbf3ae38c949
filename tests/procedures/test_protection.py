"""What a release has made changes by restore alone, and the balance by movements alone (R20)."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg.errors import FeatureNotSupported, ForeignKeyViolation, InsufficientPrivilege, InvalidParameterValue
from psycopg.sql import SQL

from rilascio.errors import RecordProtected
from tests.factory import MAIN, Factory, needs, outcomes, phase, report


@pytest.fixture
def order(factory: Factory) -> int:
    """Give an order that was released."""
    factory.item("NUT")
    factory.stock("NUT", 10)
    order = factory.order(needs("NUT", 4))
    assert outcomes(factory.release(order)) == ["released"]
    return order


@pytest.fixture
def by_hand(factory: Factory) -> Callable[..., None]:
    """Give a function that writes as the owner of the tables; what is refused is undone."""

    def write(manual_change: str, *arguments: Any) -> None:
        with factory.connection.transaction():
            factory.connection.execute(SQL(manual_change), arguments)

    return write


@pytest.mark.parametrize("more", ["", ", release_run_id = null", ", release_run_id = null, quantity = 9"])
def test_R20_status_goes_back_by_restore_only(
    factory: Factory, order: int, by_hand: Callable[..., None], more: str
) -> None:
    with pytest.raises(RecordProtected) as error:
        by_hand(f"update erp.production_order set status = 'launched'{more}")
    assert "restore_production_orders" in str(error.value.diag.message_hint)
    assert error.value.diag.column_name == "status"
    assert factory.status(order) == "executive"


def test_R20_status_goes_back_by_restore_only_even_without_movements(
    factory: Factory, by_hand: Callable[..., None]
) -> None:
    order = factory.order(status="executive")
    with pytest.raises(RecordProtected):
        by_hand("update erp.production_order set status = 'launched' where production_order_id = %s", order)


@pytest.mark.parametrize(
    "manual_change",
    [
        "update erp.production_order set status = 'launched' where status = 'archived'",
        "update erp.production_order set release_run_id = null",
        "update erp.production_order set release_run_id = (select min(run_id) from erp.run)",
        "update erp.production_order set production_order_id = production_order_id + 1000000",
        "delete from erp.production_order",
    ],
)
def test_R20_no_way_round_leads_back_from_a_release(
    factory: Factory, by_hand: Callable[..., None], manual_change: str
) -> None:
    factory.order(status="archived")
    order = factory.order()  # without movements that would hold it
    factory.release(factory.order())
    factory.release(order)
    with factory.maintenance():
        by_hand("update erp.production_order set status = 'archived' where production_order_id = %s", order)
    with pytest.raises(RecordProtected) as error:
        by_hand(manual_change)
    assert "restore_production_orders" in str(error.value.diag.message_hint)


def test_R20_what_a_run_knows_of_its_orders_is_not_written_by_hand(
    factory: Factory, by_hand: Callable[..., None]
) -> None:
    factory.item("POWDER", by_lot=True)
    factory.stock("POWDER", 6, lot="A")
    order = factory.order(needs("POWDER", lots={"A": 6}), quantity=10)
    assert outcomes(factory.release(order, on_shortage="split")) == ["split"]
    for table in ("production_order_split", "material_lot_before_release"):
        assert factory.table(table)
        for manual_change in ("update erp.{} set quantity = quantity + 1", "delete from erp.{}", "truncate erp.{}"):
            with pytest.raises(RecordProtected):
                by_hand(manual_change.format(table))
    assert outcomes(factory.restore(order)) == ["restored"]
    assert factory.table("production_order_split") == factory.table("material_lot_before_release") == []


@pytest.mark.parametrize(
    "manual_change",
    [
        "delete from erp.run_order",
        "update erp.stock_balance set on_hand = on_hand + 1",
        "insert into erp.released_material select * from erp.released_material",
    ],
)
def test_R20_who_is_refused_a_change_by_hand_is_told_of_which_table(
    factory: Factory, order: int, by_hand: Callable[..., None], manual_change: str
) -> None:
    with pytest.raises(RecordProtected) as error:
        by_hand(manual_change)
    told = error.value.diag
    assert (told.schema_name, told.table_name) == ("erp", manual_change.split("erp.")[1].split()[0])


@pytest.mark.parametrize(("mode", "called"), [("Run", "Run"), (None, "null")])
def test_R20_there_are_two_write_modes_and_another_is_refused_by_name(
    by_hand: Callable[..., None], mode: str | None, called: str
) -> None:
    with pytest.raises(InvalidParameterValue) as error:
        by_hand("select erp_internal.set_write_mode(%s)", mode)
    assert error.value.diag.message_primary == f"There is no write mode {called}."


@pytest.mark.parametrize(
    "manual_change",
    [
        "update erp.stock_record_counter set last_number = last_number - 1 where last_number > 1",
        "update erp.stock_record_counter set record_date = record_date + 1",
        "delete from erp.stock_record_counter",
        "truncate erp.stock_record_counter",
    ],
)
def test_R19_numbers_that_were_given_are_not_given_again(
    factory: Factory, order: int, by_hand: Callable[..., None], manual_change: str
) -> None:
    factory.release(factory.order(needs("NUT")))
    with pytest.raises(RecordProtected):
        by_hand(manual_change)
    by_hand("update erp.stock_record_counter set last_number = last_number + 5")


@pytest.mark.parametrize(
    "manual_change",
    [
        "update erp.stock_record set run_id = (select max(run_id) from erp.run) where run_id is null",
        "insert into erp.stock_record"
        " (company_id, record_date, warehouse_id, movement_reason_id, record_number, run_id)"
        " select company_id, record_date, warehouse_id, movement_reason_id, record_number + 10, run_id"
        " from erp.stock_record where run_id is not null",
    ],
)
def test_R20_no_record_becomes_one_of_a_run_by_hand(
    order: int, by_hand: Callable[..., None], manual_change: str
) -> None:
    with pytest.raises(RecordProtected, match="entered by hand"):
        by_hand(manual_change)


def test_R20_whoever_changes_what_a_run_made_reads_what_is_wrong(order: int, by_hand: Callable[..., None]) -> None:
    for table, column in (("stock_movement", "quantity"), ("stock_record", "record_number")):
        with pytest.raises(RecordProtected, match="cannot be changed"):
            by_hand(f"update erp.{table} set {column} = {column} * 2")


@pytest.mark.parametrize(
    "manual_change",
    [
        "update erp.stock_movement set quantity = -1 where material_line is not null",
        "update erp.stock_movement set line = 7 where material_line is not null",
        "delete from erp.stock_movement where material_line is not null",
        "delete from erp.stock_movement",
        "update erp.stock_record set project = 'mine' where run_id is not null",
        "update erp.stock_record set run_id = null where run_id is not null",
        "update erp.stock_record set record_number = record_number + 1",
        "truncate erp.stock_movement",
        "truncate erp.stock_movement, erp.stock_record, erp.removed_stock_movement cascade",
        "truncate erp.stock_balance",
    ],
)
def test_R20_records_and_movements_of_a_release_are_not_changed_by_hand(
    factory: Factory, order: int, by_hand: Callable[..., None], manual_change: str
) -> None:
    before = factory.snapshot(leaving_out=set())
    with pytest.raises(RecordProtected) as error:
        by_hand(manual_change)
    assert error.value.diag.message_hint
    assert factory.snapshot(leaving_out=set()) == before


LINE = (
    "insert into erp.stock_movement (company_id, record_date, stock_record_id, line, warehouse_id, item_id, quantity)"
    " select company_id, record_date, stock_record_id, 99, warehouse_id, item_id, -1 from erp.stock_movement"
    " where material_line is not null"
)


def test_R20_no_line_is_added_by_hand_to_a_record_of_a_release(
    factory: Factory, order: int, by_hand: Callable[..., None]
) -> None:
    with pytest.raises(RecordProtected):
        by_hand(LINE)


def test_R20_no_line_is_moved_by_hand_into_a_record_of_a_release(
    factory: Factory, order: int, by_hand: Callable[..., None]
) -> None:
    with pytest.raises(RecordProtected):
        by_hand(
            "update erp.stock_movement as m set record_date = r.record_date, stock_record_id = r.stock_record_id,"
            " line = 99 from erp.stock_record as r where m.material_line is null and r.run_id is not null"
        )


@pytest.mark.parametrize("manual_change", ["delete from erp.stock_record", "truncate erp.stock_record"])
def test_R20_a_record_with_movements_is_neither_deleted_nor_truncated(
    order: int, by_hand: Callable[..., None], manual_change: str
) -> None:
    with pytest.raises((ForeignKeyViolation, FeatureNotSupported, RecordProtected)):
        by_hand(manual_change)


def test_R20_records_entered_by_hand_may_be_changed_and_the_balance_follows(
    factory: Factory, order: int, by_hand: Callable[..., None]
) -> None:
    by_hand("update erp.stock_movement set quantity = 15 where material_line is null")
    assert factory.balance("NUT") == 11
    by_hand("delete from erp.stock_movement where material_line is null and quantity = 15")
    assert factory.balance("NUT") == -4


@pytest.mark.parametrize(
    "manual_change",
    [
        "update erp.stock_balance set on_hand = 100",
        "update erp.stock_balance set on_hand = on_hand",
        "delete from erp.stock_balance",
        "insert into erp.stock_balance (company_id, warehouse_id, item_id, on_hand, lot_id)"
        " select company_id, warehouse_id, item_id, 5, 1 from erp.stock_balance",
    ],
)
def test_R20_the_balance_is_not_written_by_hand(
    factory: Factory, order: int, by_hand: Callable[..., None], manual_change: str
) -> None:
    with pytest.raises(RecordProtected):
        by_hand(manual_change)
    assert factory.balance("NUT") == 6


def test_R20_a_row_of_the_balance_at_zero_may_be_added_by_hand_but_not_taken_away(
    factory: Factory, by_hand: Callable[..., None]
) -> None:
    """Calls lock stock by such rows, and may be waiting for one."""
    factory.item("NUT")
    by_hand(
        "insert into erp.stock_balance (company_id, warehouse_id, item_id, on_hand) values (%s, %s, %s, 0)",
        factory.company_id,
        factory.id("warehouse", MAIN),
        factory.id("item", "NUT"),
    )
    with pytest.raises(RecordProtected):
        by_hand("delete from erp.stock_balance")
    factory.connection.execute("select erp_internal.set_write_mode('maintenance')")
    by_hand("delete from erp.stock_balance")
    with pytest.raises(RecordProtected):  # the movements that it would belong to count by themselves
        by_hand(
            "insert into erp.stock_balance (company_id, warehouse_id, item_id, on_hand) values (%s, %s, %s, 5)",
            factory.company_id,
            factory.id("warehouse", MAIN),
            factory.id("item", "NUT"),
        )


@pytest.mark.parametrize("left_over", ["maintenance", "run", "maintenance 1", "run 4294967297", "run run"])
def test_R20_a_write_mode_left_over_from_another_transaction_opens_nothing(
    factory: Factory, order: int, by_hand: Callable[..., None], left_over: str
) -> None:
    factory.connection.execute("select set_config('erp.write_mode', %s, false)", [left_over])
    for manual_change in (
        "delete from erp.stock_movement where material_line is not null",
        "update erp.run set note = 'other'",
        "update erp.stock_balance set on_hand = 100",
    ):
        with pytest.raises(RecordProtected):
            by_hand(manual_change)


def test_R20_there_is_no_other_write_mode(factory: Factory) -> None:
    for mode in (None, "on", "maintenance 1"):
        with pytest.raises(InvalidParameterValue), factory.connection.transaction():
            factory.connection.execute("select erp_internal.set_write_mode(%s)", [mode])


@pytest.mark.parametrize("mode", ["maintenance", "run"])
def test_R20_an_operator_gains_nothing_by_a_write_mode(factory: Factory, order: int, mode: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        factory.call("select erp_internal.set_write_mode(%s)", [mode])
    factory.call("select set_config('erp.write_mode', %s || ' ' || pg_current_xact_id(), true)", [mode])
    for manual_change in ("update erp.production_order set status = 'launched'", "delete from erp.stock_movement"):
        with pytest.raises(Exception, match="permission denied"):
            factory.call(manual_change)


def test_R20_restore_leaves_the_protection_on(factory: Factory, order: int, by_hand: Callable[..., None]) -> None:
    other = factory.order(needs("NUT", 1))
    factory.release(other)
    assert outcomes(factory.restore(order)) == ["restored"]
    with pytest.raises(RecordProtected):
        by_hand("delete from erp.stock_movement where material_line is not null")
    with pytest.raises(RecordProtected):
        by_hand("update erp.production_order set status = 'launched', release_run_id = null")


def test_R20_maintenance_by_the_owner_is_possible_and_the_balance_still_follows(
    factory: Factory, order: int, by_hand: Callable[..., None]
) -> None:
    with factory.connection.transaction(force_rollback=True):
        factory.connection.execute("select erp_internal.set_write_mode('maintenance')")
        by_hand("delete from erp.stock_movement where material_line is not null")
        assert factory.balance("NUT", MAIN) == 10


def test_R20_the_balance_is_the_sum_of_the_movements_on_every_path(factory: Factory, order: int) -> None:
    rows = factory.connection.execute(
        "select count(*) from (select company_id, warehouse_id, item_id, item_variant_id, lot_id, location_id, on_hand"
        " from erp.stock_balance where on_hand <> 0 except select company_id, warehouse_id, item_id, item_variant_id,"
        " lot_id, location_id, sum(quantity) from erp.stock_movement group by 1, 2, 3, 4, 5, 6) as d"
    ).fetchone()
    assert rows == (0,)
    assert factory.balance("NUT") == 6


@pytest.mark.parametrize("table", ["run", "run_order", "run_place", "removed_stock_record", "removed_stock_movement"])
@pytest.mark.parametrize(
    "manual_change",
    ["update erp.{table} set company_id = company_id", "delete from erp.{table}", "truncate erp.{table} cascade"],
)
def test_R37_R61_the_history_is_append_only(
    factory: Factory, order: int, by_hand: Callable[..., None], table: str, manual_change: str
) -> None:
    factory.restore(order)
    factory.connection.execute("set constraints all immediate")
    before = factory.snapshot(leaving_out=set())
    with pytest.raises((RecordProtected, ForeignKeyViolation)):
        by_hand(manual_change.format(table=table))
    assert factory.snapshot(leaving_out=set()) == before


def test_R61_maintenance_by_the_owner_may_put_the_history_right(
    factory: Factory, order: int, by_hand: Callable[..., None]
) -> None:
    factory.connection.execute("select erp_internal.set_write_mode('maintenance')")
    by_hand("update erp.run set note = 'put right'")
    assert [row.note for row in factory.select("run_history")] == ["put right"]


def test_R20_records_of_a_registration_are_not_changed_by_hand(factory: Factory, by_hand: Callable[..., None]) -> None:
    factory.rule("finished", MAIN)
    order = factory.order(quantity=5, phases=[phase(10)])
    factory.release(order)
    declarations = factory.declared(order, report("opening"), report("progress", good=3))
    factory.register(*declarations)
    for manual_change in (
        *("update erp.stock_movement set quantity = 4", "delete from erp.stock_movement"),
        *(
            "update erp.production_declaration set good_quantity = 5 where good_quantity > 0",
            "delete from erp.production_declaration",
        ),
        "update erp.production_declaration set registration_run_id = null, produced_quantity = 0",
        "update erp.production_declaration set produced_quantity = 2 where good_quantity > 0",
    ):
        with pytest.raises((RecordProtected, ForeignKeyViolation)) as error:
            by_hand(manual_change)
        assert error.value.diag.message_hint or "delete" in manual_change


def test_R51_no_declaration_is_registered_by_hand(factory: Factory, by_hand: Callable[..., None]) -> None:
    order = factory.order(phases=[phase(10)])
    factory.release(order)
    [opening] = factory.declared(order, report("opening"))
    for manual_change in (
        "update erp.production_declaration set registration_run_id = (select max(run_id) from erp.run)",
        "insert into erp.production_declaration (company_id, production_order_id, phase, kind, declared_at,"
        " registration_run_id)"
        " select d.company_id, d.production_order_id, d.phase, 'progress', now(), o.release_run_id"
        " from erp.production_declaration as d inner join erp.production_order as o using (company_id,"
        " production_order_id)",
    ):
        with pytest.raises(RecordProtected):
            by_hand(manual_change)
    by_hand("update erp.production_declaration set note = 'put right'")
    assert outcomes(factory.undeclare(opening)) == ["deleted"]
