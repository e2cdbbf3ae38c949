"""The benchmark compares like with like: its floor writes the very rows that release writes."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql

from harness.dev.bench import beside_writer, documents, floor, grids, puts, single, young
from harness.dev.bench.measure import launched_order_ids
from harness.dev.bench.timing import Taken
from harness.dev.bench.world import COMPANY_ID, SCENARIOS, build
from harness.dev.cli import main
from rilascio.errors import HarnessError
from rilascio.testing import make_role

ORDERS = 20

CONTENT = {
    "production_order": "production_order_id",
    "production_order_split": "production_order_id",
    "production_order_phase": "production_order_id, phase, sub_phase",
    "production_order_material": "production_order_id, line",
    "job_order": "job_order_id",
    "stock_record": "stock_record_id",
    "stock_movement": "stock_record_id, line",
    "stock_balance": "warehouse_id, item_id, lot_id nulls first",
}
"""What release writes in these companies, but for its history and the counters; with an order for each table."""

CASES = [*((scenario, "refuse") for scenario in SCENARIOS), ("scarce", "split")]


def content(connection: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table that release writes; balances at zero count as absent."""
    return {
        table: [
            row
            for row in connection.execute(f"select t.* from erp.{table} as t order by {order}")
            if table != "stock_balance" or row[-1]
        ]
        for table, order in CONTENT.items()
    }


def unchanged_columns(rows: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """Leave out when and by whom an order was changed last, which restore does not take back."""
    return rows | {"production_order": [row[:-2] for row in rows["production_order"]]}


def release(connection: psycopg.Connection[Any], on_shortage: str) -> list[tuple[Any, ...]]:
    return connection.execute(
        """
        select r.run_id, r.order_id, r.outcome, r.record_count, r.movement_count
        from erp_api.release_production_orders(%s, %s::bigint[], p_on_shortage => %s) as r
        """,
        [COMPANY_ID, launched_order_ids(connection), on_shortage],
    ).fetchall()


def releaser_and_writer(connection: psycopg.Connection[Any]) -> str:
    role = make_role(connection, "erp_operator")
    connection.execute(sql.SQL("grant erp_writer to {}").format(sql.Identifier(role)))
    return role


@pytest.mark.parametrize(("scenario", "on_shortage"), CASES)
def test_the_floor_writes_exactly_what_release_writes(rilascio_database: str, scenario: str, on_shortage: str) -> None:
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        build(connection, scenario, ORDERS)
        connection.execute("insert into erp.company_member values (%s, current_user)", [COMPANY_ID])
        before = content(connection)

        floor.keep_situation(connection)
        answer = release(connection, on_shortage)
        released = content(connection)
        floor.capture(connection, answer[0][0])
        connection.execute(
            "select from erp_api.restore_production_orders(%s, %s::bigint[])",
            [COMPANY_ID, [row[1] for row in answer if row[2] != "refused"] or [answer[0][1]]],
        )
        assert unchanged_columns(content(connection)) == unchanged_columns(before)

        assert floor.write(connection) > 0
        written = content(connection)
        assert {table: len(rows) for table, rows in written.items()} == {
            table: len(rows) for table, rows in released.items()
        }
        assert written == released
        assert len(written["stock_record"]) - len(before["stock_record"]) == sum(row[3] for row in answer)
        assert len(written["stock_movement"]) - len(before["stock_movement"]) == sum(row[4] for row in answer)

        floor.undo(connection)
        assert unchanged_columns(content(connection)) == unchanged_columns(before)


def test_after_the_floor_our_triggers_guard_again(rilascio_database: str) -> None:
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        build(connection, "plain", 1)
        floor.keep_situation(connection)
        floor.capture(connection, 0)
        floor.write(connection)
        floor.undo(connection)
        with pytest.raises(psycopg.DatabaseError, match="cannot be written by hand"):
            connection.execute("update erp.stock_balance set on_hand = on_hand + 1")


def test_every_order_of_a_company_with_enough_stock_is_released(rilascio_database: str) -> None:
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        build(connection, "rich", ORDERS)
        connection.execute("insert into erp.company_member values (%s, current_user)", [COMPANY_ID])
        answer = release(connection, "refuse")
        assert [row[2] for row in answer] == ["released"] * ORDERS
        automatic = connection.execute(
            """
            select count(*)
            from erp.production_order_material
            inner join erp.item_mrp_parameter using (company_id, item_id)
            where picking_type = 'automatic'
            """
        ).fetchone()
        assert automatic == (6 * ORDERS,)
        assert sum(row[4] for row in answer) > 6 * ORDERS  # counterparts and lots beside


def test_the_command_prints_every_measure_with_its_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RILASCIO_DSN", raising=False)
    monkeypatch.setattr("harness.dev.bench.run.ROUNDS", 1)
    answer = CliRunner().invoke(main, ["bench", "--sizes", "2,4", "--format", "json"])
    assert answer.exit_code == 0, answer.output
    report = json.loads(answer.stdout)
    assert [m["orders"] for m in report["measures"]] == [2, 4]
    for one in report["measures"]:
        assert one["release_ratio"] == pytest.approx(one["release_seconds"] / one["floor_seconds"])
        assert one["release_ratio_target"] == 2.0
        assert (one["released"], one["movements"]) == (one["orders"], 6 * one["orders"])
    assert [g["target"] for g in report["growth"]] == [1.3]
    assert report["environment"]["fsync"] == "on"


@pytest.mark.parametrize("sizes", ["0", "ten", "10,", ""])
def test_a_size_that_is_no_number_of_orders_is_a_wrong_call(sizes: str) -> None:
    answer = CliRunner().invoke(main, ["bench", "--sizes", sizes])
    assert answer.exit_code == 2
    assert "Invalid value" in answer.output


def test_the_integrity_of_many_movements_is_measured_on_a_healthy_company(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("RILASCIO_DSN", raising=False)
    answer = CliRunner().invoke(main, ["bench", "--integrity", "900", "--format", "json"])
    assert answer.exit_code == 0, answer.output
    check = json.loads(answer.stdout)["integrity"]
    assert check["broken"] == []
    assert check["movements"] >= 900
    assert check["seconds"] > 0


def test_plans_of_a_young_database_are_measured_on_calls_that_all_succeed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RILASCIO_DSN", raising=False)
    answer = CliRunner().invoke(main, ["bench", "--young", "3", "--format", "json"])
    assert answer.exit_code == 0, answer.output
    calls = json.loads(answer.stdout)["young"]
    assert [one["call"] for one in calls] == [
        "release", "restore", "release again", "declare", "register", "roll back", "delete", "restore again",
    ]  # fmt: skip
    for one in calls:
        assert one["orders"] == 3
        assert one["target"] == 2.0
        assert one["young_ratio"] == pytest.approx(one["young_seconds"] / one["grown_seconds"])
        assert one["launched_ratio"] == pytest.approx(one["launched_seconds"] / one["grown_seconds"])


def test_the_table_of_young_plans_has_a_row_a_call_with_its_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RILASCIO_DSN", raising=False)
    answer = CliRunner().invoke(main, ["bench", "--young", "1"])
    assert answer.exit_code == 0, answer.output
    for step, *_ in young.STEPS:
        assert any(line.startswith(step) and line.endswith("≤ 2.0") for line in answer.stdout.splitlines())


def test_measured_calls_meet_lots_commitments_counterparts_and_closed_orders_and_leave_nothing(
    rilascio_database: str,
) -> None:
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        operator = make_role(connection, "erp_operator")
        heard: list[str] = []
        young.measure(connection, operator, 4, heard.append)
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(operator)))
        assert len(heard) == len(set(heard)) == 3 * len(young.STEPS)
        assert launched_order_ids(connection) == list(range(1, young.FIRST_ORDERS + 4 + 1))
        for table in ("production_declaration", "material_lot_before_release"):
            assert connection.execute(f"select count(*) from erp.{table}").fetchone() == (0,)
        assert connection.execute("select count(*) from erp.stock_record where run_id is not null").fetchone() == (0,)
        removed = connection.execute(
            """
            select bool_or(m.counterpart), bool_or(m.item_id = 3), bool_or(m.item_id = 4), count(distinct m.lot_id)
            from erp.removed_stock_movement as m
            """
        ).fetchone()
        assert removed is not None
        assert removed[:3] == (True, True, True)
        assert removed[3] > 4


def test_a_call_that_refuses_an_order_ends_the_measure_with_the_reason(
    rilascio_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(young, "STEPS", young.STEPS[1:])  # restore what was never released
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        operator = make_role(connection, "erp_operator")
        with pytest.raises(HarnessError, match=r"call to restore .* 1 are not restored") as refused:
            young.measure(connection, operator, 1, lambda step: None)
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(operator)))
        assert "refused: " in (refused.value.hint or "")


def test_orders_are_put_twice_and_held_against_copied_rows_that_are_the_same(
    rilascio_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(puts, "CALL_SIZE", 4)
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        writer = releaser_and_writer(connection)
        heard: list[str] = []
        put = puts.measure(connection, writer, 6, heard.append)
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(writer)))
        assert (put.orders, put.phases, put.materials, put.calls) == (6, 12, 48, 2)
        assert len(heard) == puts.step_count(6)
        orders_of = "select to_jsonb(o) - 'order_year' from erp_data.{} as o where order_year = %s order by 1"
        for view in ("production_order_phase", "production_order_material"):
            of_the_floor, of_the_put = (
                connection.execute(orders_of.format(view), [y]).fetchall() for y in (2025, 2026)
            )
            assert of_the_floor == of_the_put
        years = connection.execute("select order_year, count(*) from erp.production_order group by 1 order by 1")
        assert years.fetchall() == [(2025, 6), (2026, 6)]


def test_an_order_that_is_not_put_ends_the_measure_with_the_reason(
    rilascio_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename_items(connection: psycopg.Connection[Any], call: object) -> Taken:
        connection.execute("update erp.item set item_code = item_code || '?'")
        return Taken()

    monkeypatch.setattr(puts, "_write_floor", rename_items)
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        writer = releaser_and_writer(connection)
        with pytest.raises(HarnessError, match="Of 1 orders that were put, 1 are not created") as refused:
            puts.measure(connection, writer, 1, lambda step: None)
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(writer)))
        assert "unknown_reference" in (refused.value.hint or "")


def test_documents_are_posted_and_held_against_the_same_rows(
    rilascio_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "CALL_SIZE", 4)
    written: list[Any] = []

    def rows(connection: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
        return content(connection) | {"stock_document": connection.execute("table erp.stock_document").fetchall()}

    def capture(connection: psycopg.Connection[Any], run_id: int) -> None:
        written.append(rows(connection))
        real_capture(connection, run_id)

    def guard_again(connection: psycopg.Connection[Any]) -> None:
        written.append(rows(connection))
        real_guard_again(connection)

    real_capture, real_guard_again = floor.capture, floor.guard_again
    monkeypatch.setattr(floor, "capture", capture)
    monkeypatch.setattr(floor, "guard_again", guard_again)
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        writer = releaser_and_writer(connection)
        posting = documents.measure(connection, writer, 6, lambda step: None)
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(writer)))
        assert (posting.documents, posting.movements, posting.calls) == (6, 18, 2)
        assert len(written) == 4
        assert written[0] == written[1]
        assert written[2] == written[3]
        with pytest.raises(psycopg.DatabaseError, match="written by runs"):
            connection.execute("update erp.stock_document set note = 'ours'")


def test_orders_are_released_beside_a_client_that_writes_all_the_time(
    rilascio_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside_writer, "CALL_SIZE", 2)
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        role = releaser_and_writer(connection)
        heard: list[str] = []
        beside = beside_writer.measure(connection, role, 3, 1, heard.append)
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))
        assert heard == ["without writer", "beside writer"]
        assert beside.throughput_ratio > 0
        kinds = dict(
            connection.execute("select kind, count(*) from erp.run where kind <> 'load' group by kind").fetchall()
        )
        assert kinds["data"] == kinds["orders"] == kinds["posting"] >= 2
        assert beside.writer_rows_per_second > 0


def test_what_the_writer_is_refused_ends_the_measure(rilascio_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside_writer, "_STOCKED", "select 'P0001' where %s = 1")
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        role = releaser_and_writer(connection)
        with pytest.raises(HarnessError, match="The writer called put_data, and a row is not changed"):
            beside_writer.measure(connection, role, 1, 1, lambda step: None)
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))


@pytest.mark.parametrize("scenario", ["plain", "rich"])
def test_bare_functions_write_what_single_calls_write(rilascio_database: str, scenario: str) -> None:
    compared: dict[str, list[tuple[Any, ...]]] = {}
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        role = releaser_and_writer(connection)

        def compare(step: str) -> None:
            tables = connection.execute("select tablename from pg_tables where schemaname = 'bare'").fetchall()
            assert ("removed_stock_movement",) in tables
            for (table,) in tables:
                ours, bare = (
                    connection.execute(
                        sql.SQL("select t.* from {} as t order by to_jsonb(t)::text").format(
                            sql.Identifier(schema, table)
                        )
                    ).fetchall()
                    for schema in ("erp", "bare")
                )
                assert bare == ours, table
                compared[f"{step} {table}"] = ours

        measures = single.measure(connection, role, scenario, 3, compare)
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))
    assert [(one.call, one.orders) for one in measures] == [("release", 3), ("restore", 3)]
    assert compared["release stock_movement"]
    assert compared["restore removed_stock_movement"]


@pytest.mark.parametrize(
    ("option", "subject", "target"),
    [
        ("--puts", "puts", {"first_target": 1.5, "unchanged_target": 0.4}),
        ("--documents", "documents", {}),
        ("--beside-writer", "beside_writer", {"throughput_ratio_target": 0.9}),
    ],
)
def test_each_measure_of_what_an_erp_writes_is_a_command_with_its_target(
    monkeypatch: pytest.MonkeyPatch, option: str, subject: str, target: dict[str, float]
) -> None:
    monkeypatch.delenv("RILASCIO_DSN", raising=False)
    monkeypatch.setattr("harness.dev.bench.run.WRITER_ROUNDS", 1)
    answer = CliRunner().invoke(main, ["bench", option, "2", "--format", "json"])
    assert answer.exit_code == 0, answer.output
    report = json.loads(answer.stdout)
    assert report["environment"]["fsync"] == "on"
    assert report[subject].items() >= target.items()
    assert report[subject].get("orders", report[subject].get("documents")) == 2


def test_pages_of_the_grids_are_measured_over_orders_of_both_statuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RILASCIO_DSN", raising=False)
    monkeypatch.setattr(grids, "ROUNDS", 1)
    answer = CliRunner().invoke(main, ["bench", "--grids", "1000", "--format", "json"])
    assert answer.exit_code == 0, answer.output
    report = json.loads(answer.stdout)
    assert report["environment"]["orders"] == 1_000
    asked = {(one["grid"], one["name"]): one for one in report["grids"]}
    assert len(asked) == len(report["grids"])
    for grid in ("release_grid", "restore_grid"):
        assert asked[grid, "first page by priority desc"]["target"] == "≤ 20 ms"
        assert asked[grid, "page from the middle by end_date"]["rows"] == 50
        for name in grids.FILTERS:
            few, half = asked[grid, f"{name}, few, by end_date"], asked[grid, f"count of {name}, half"]
            assert few["target"] == "≤ 50 ms"
            assert 30 < few["rows"] <= 50
            assert 300 < half["rows"] < 600
            assert half["ratio"] == pytest.approx(half["milliseconds"] / half["against_milliseconds"])
    assert asked["release_grid", "feasibility of 50"]["rows"] == 50
    for one in report["grids"]:
        measured = one["milliseconds"] if one["against_milliseconds"] is None else one["ratio"]
        assert one["ok"] == (measured <= float(one["target"].split()[1]))


def test_the_orders_that_the_grids_are_measured_over_contradict_nothing_that_the_grids_show(
    rilascio_database: str,
) -> None:
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        grids.fill(connection, 1_000)
        connection.execute("insert into erp.company_member values (%s, current_user)", [COMPANY_ID])
        found = connection.execute("select code from erp_api.check_integrity(%s)", [COMPANY_ID]).fetchall()
        # of the runs, the answers are left out
        assert {code for (code,) in found} == {"release_unknown", "history_differs", "issued_differs"}


def test_two_measures_at_once_are_a_wrong_call() -> None:
    answer = CliRunner().invoke(main, ["bench", "--integrity", "900", "--young", "3"])
    assert answer.exit_code == 2
    assert "measures of their own" in answer.output


def test_sizes_are_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RILASCIO_DSN", raising=False)
    called: list[Any] = []
    monkeypatch.setattr("harness.dev.bench.run.run", lambda dsn, sizes, *rest: called.append((dsn, sizes)))
    for arguments in (["--sizes", "10,20", "--dsn", "postgresql://x"], []):
        assert CliRunner().invoke(main, ["bench", *arguments]).exit_code == 0
    assert called == [("postgresql://x", (10, 20)), (None, (1_000, 10_000))]
