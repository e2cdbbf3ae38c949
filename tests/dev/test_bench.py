"""The benchmark compares like with like: its floor writes the very rows that the call wrote."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql

from harness.dev.bench import beside_writer, clients, documents, floor, grids, puts, single, young
from harness.dev.bench.cases import CASES
from harness.dev.bench.measure import launched_order_ids
from harness.dev.bench.peer import seconds_of
from harness.dev.bench.picture import draw
from harness.dev.bench.report import Line, Measured, print_report
from harness.dev.bench.timing import Taken
from harness.dev.bench.world import COMPANY_ID, SCENARIOS, build
from harness.dev.cli import main
from harness.dev.clusters import MISSING
from rilascio.errors import HarnessError
from rilascio.testing import make_role

ORDERS = 20

WORLDS = [*((scenario, "refuse") for scenario in SCENARIOS), ("scarce", "split")]

WRITTEN = {
    "run", "run_order", "production_order", "released_material", "stock_record", "stock_record_counter",
    "stock_movement", "stock_balance",
}  # fmt: skip
"""What every release writes, beside what comes of its orders: lots that were committed, a remainder, a job order."""


def rows_of(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Return the rows of every table, in some order that is the same each time."""
    tables = connection.execute("select tablename from pg_tables where schemaname = 'erp'").fetchall()
    return {
        table: [
            row
            for (row,) in connection.execute(
                sql.SQL("select to_jsonb(t)::text from {} as t order by 1").format(sql.Identifier("erp", table))
            )
        ]
        for (table,) in tables
    }


def differing(ours: dict[str, list[str]], others: dict[str, list[str]]) -> set[str]:
    """Return the tables with other rows."""
    return {table for table in ours.keys() | others.keys() if ours.get(table) != others.get(table)}


def commit_lots(connection: psycopg.Connection[Any]) -> None:
    """Commit a lot of each row of every other order that has lots: one piece, or more than the row needs."""
    connection.execute(
        """
        insert into erp.material_lot (company_id, production_order_id, line, item_id, lot_id, quantity)
        select
            m.company_id, m.production_order_id, m.line, m.item_id, min(l.lot_id),
            case when mod(m.production_order_id, 4) = 0 then 1000000 else 1 end
        from erp.production_order_material as m
        inner join erp.lot as l using (company_id, item_id)
        where mod(m.production_order_id, 2) = 0
        group by m.company_id, m.production_order_id, m.line, m.item_id
        """
    )


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
    connection.execute(sql.SQL("grant erp_writer, erp_archivist to {}").format(sql.Identifier(role)))
    return role


@pytest.mark.parametrize(("scenario", "on_shortage"), WORLDS)
def test_the_floor_leaves_every_table_as_a_release_and_its_restore_leave_it(
    rilascio_database: str, scenario: str, on_shortage: str
) -> None:
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        build(connection, scenario, ORDERS)
        commit_lots(connection)
        connection.execute("insert into erp.company_member values (%s, current_user)", [COMPANY_ID])
        before = rows_of(connection)

        floor.keep_situation(connection)
        answer = release(connection, on_shortage)
        of_release = floor.capture(connection, "release")
        released = rows_of(connection)
        floor.keep_situation(connection)
        connection.execute(
            "select from erp_api.restore_production_orders(%s, %s::bigint[])",
            [COMPANY_ID, [row[1] for row in answer if row[2] != "refused"]],
        )
        of_restore = floor.capture(connection, "restore")
        restored = rows_of(connection)

        with floor.unguarded(connection):
            floor.undo(connection, of_restore)
            assert differing(rows_of(connection), released) == set()
            floor.undo(connection, of_release)
            assert differing(rows_of(connection), before) == set()
            assert floor.write(connection, of_release) > 0
            assert differing(rows_of(connection), released) == set()
            assert floor.write(connection, of_restore) > 0
            assert differing(rows_of(connection), restored) == set()

        written, taken_back = differing(before, released), differing(released, restored)
        assert written >= WRITTEN
        assert taken_back - written == {"removed_stock_record", "removed_stock_movement"}
        assert ({"material_lot", "material_lot_before_release"} <= written & taken_back) == (scenario != "plain")
        assert ("production_order_split" in written & taken_back) == (on_shortage == "split")
        for table, count in (("stock_record", 3), ("stock_movement", 4)):
            assert len(released[table]) - len(before[table]) == sum(row[count] for row in answer) > 0


def test_after_the_floor_our_triggers_guard_again(rilascio_database: str) -> None:
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        build(connection, "plain", 1)
        with pytest.raises(psycopg.DatabaseError, match="syntax error"), floor.unguarded(connection):
            floor.write(connection, floor.Change(again="update", back=""))
        with pytest.raises(psycopg.DatabaseError, match="cannot be written by hand"):
            connection.execute("update erp.stock_balance set on_hand = on_hand + 1")
        switched_off = "select tgname from pg_trigger where tgenabled <> 'O'"
        assert connection.execute(switched_off).fetchall() == []


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


def test_measured_calls_meet_lots_commitments_counterparts_and_closed_orders_and_leave_nothing(
    rilascio_database: str,
) -> None:
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        operator = releaser_and_writer(connection)
        heard: list[str] = []
        young.measure(connection, operator, 4, heard.append)
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(operator)))
        assert len(heard) == len(set(heard)) == 3 * len(young.STEPS)
        assert len(launched_order_ids(connection)) == 2 * (young.FIRST_ORDERS + 4)
        archived = "select count(*) from erp.production_order where status = 'archived'"
        assert connection.execute(archived).fetchone() == (3 * (1 + 4),)
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


def test_every_function_that_writes_or_plans_is_measured_on_plans_of_a_young_database(rilascio_database: str) -> None:
    with psycopg.connect(rilascio_database) as connection:
        functions = connection.execute(
            """
            select p.proname, p.provolatile = 'v'
            from pg_proc as p
            where p.pronamespace = 'erp_api'::regnamespace and p.prokind = 'f'
            """
        ).fetchall()
    timed = {step.call.partition("(")[0] for step in young.STEPS}
    assert {name for name, _ in functions} - timed == {
        "check_integrity", "diagnose_configuration", "explain_material_source", "list_companies", "order_ids",
    }, "a function is neither a step of the case young nor one that only looks up"  # fmt: skip
    assert not {name for name, writes in functions if writes} - timed


def test_a_call_that_refuses_an_order_ends_the_measure_with_the_reason(
    rilascio_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(young, "STEPS", young.STEPS[4:])  # restore what was never released
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        operator = releaser_and_writer(connection)
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
        assert len(heard) == 1 + 3 * put.calls
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
    written: list[dict[str, list[str]]] = []

    def capture(connection: psycopg.Connection[Any], call: str) -> floor.Change:
        written.append(rows_of(connection))
        return real_capture(connection, call)

    def write(connection: psycopg.Connection[Any], change: floor.Change) -> float:
        written.append(rows_of(connection))
        seconds = real_write(connection, change)
        written.append(rows_of(connection))
        return seconds

    real_capture, real_write = floor.capture, floor.write
    monkeypatch.setattr(floor, "capture", capture)
    monkeypatch.setattr(floor, "write", write)
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        writer = releaser_and_writer(connection)
        posting = documents.measure(connection, writer, 6, lambda step: None)
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(writer)))
        assert (posting.documents, posting.movements, posting.calls) == (6, 18, 2)
        assert len(written) == 3 * posting.calls
        for posted, undone, of_the_floor in (written[:3], written[3:]):
            assert differing(posted, of_the_floor) == set()
            assert differing(posted, undone) == {
                "run", "run_place", "run_row", "stock_document", "stock_record", "stock_record_counter",
                "stock_movement", "stock_balance",
            }  # fmt: skip
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
        assert beside.orders_per_second_beside > 0
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


def test_the_orders_that_the_grids_are_measured_over_contradict_nothing_that_the_grids_show(
    rilascio_database: str,
) -> None:
    with psycopg.connect(rilascio_database, autocommit=True) as connection:
        grids.fill(connection, 1_000)
        connection.execute("insert into erp.company_member values (%s, current_user)", [COMPANY_ID])
        found = connection.execute("select code from erp_api.check_integrity(%s)", [COMPANY_ID]).fetchall()
        # of the runs, the answers are left out
        assert {code for (code,) in found} == {"release_unknown", "history_differs", "issued_differs"}


#: Every case, as small as it can be.
TINY = {
    "plain": 2, "rich": 2, "scarce": 4, "growth": 20, "steps": 4, "single": 2, "clients": 2, "hot-items": 2,
    "beside-writer": 2, "history": 200, "backdated": 200, "partitions": 200, "cold": 1, "young": 2, "puts": 2,
    "documents": 2, "feed": 2, "grids": 1_000, "integrity": 900, "sizes": 10, "proxy": 1, "shards": 1, "peer": 2,
}  # fmt: skip

TARGETS = {
    "plain": {"≤ 1.6 ×", "≤ 1.1 ×", "≤ 0.5 ×"},
    "rich": {"≤ 1.6 ×", "≤ 1.1 ×", "≤ 0.5 ×"},
    "scarce": {"≤ 2.5 ×", "≤ 1.1 ×", "≤ 0.5 ×"},
    "growth": {None, "≤ 1.1 ×", "≤ 1.0 GB"},
    "steps": {None},
    "single": {"≤ 2.0 ×", "≤ 3.0 ×"},
    "clients": {"≥ 0.9 ×"},
    "hot-items": {"≥ 0.9 ×", "≤ 0 deadlocks"},
    "beside-writer": {"≥ 0.9 ×"},
    "history": {"≤ 1.1 ×"},
    "partitions": {"≤ 1.1 ×"},
    "backdated": {"≤ 2.0 ×"},
    "cold": {"≤ 25 ms"},
    "young": {"≤ 2.0 ×"},
    "puts": {"≤ 1.5 ×", "≤ 0.4 ×"},
    "documents": {None},
    "feed": {"≤ 1.03 ×", None},
    "grids": {"≤ 20 ms", "≤ 40 ms", "≤ 50 ms", "≤ 1.1 ×", "≤ 1.5 ×"},
    "integrity": {None},
    "sizes": {None},
    "proxy": {None},
    "shards": {None},
    "peer": {None},
}
"""What is allowed in each case."""


def test_every_case_says_what_it_measured_against_what_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("RILASCIO_DSN", raising=False)
    monkeypatch.setattr("harness.dev.bench.run.ROUNDS", 1)
    monkeypatch.setattr("harness.dev.bench.feed.RELEASED", 2)
    monkeypatch.setattr("harness.dev.bench.feed.WARM", 1)
    monkeypatch.setattr(young, "STEPS", young.STEPS[:5])  # a test of their own takes all of them
    monkeypatch.setattr("harness.dev.clusters.can_start", lambda: False)  # tests/cluster has the servers, and measures
    peer = 'test "$PEER_ORDERS $PEER_ROUND" = "2 0" && expr "$PEER_DSN" : "postgresql://.*/rilascio_bench_" && echo 0.5'
    asked = [part for name, count in TINY.items() for part in ("--case", f"{name}={count}")]
    answer = CliRunner().invoke(main, ["bench", *asked, "--peer", peer, "--format", "json"])
    assert answer.exit_code == 0, answer.output
    report = json.loads(answer.stdout)
    assert report["environment"]["fsync"] == "on"
    assert {one["case"]: one["count"] for one in report["cases"]} == TINY
    assert set(TINY) == set(CASES)
    for one in report["cases"]:
        assert {line["target"] for line in one["lines"]} == TARGETS[one["case"]], one["case"]
        assert len({line["measured"] for line in one["lines"]}) == len(one["lines"])
        if one["case"] in ("proxy", "shards"):
            assert [(line["measured"], line["value"]) for line in one["lines"]] == [(f"not measured: {MISSING}", None)]
            continue
        for line in one["lines"]:
            assert line["value"] >= 0
            if line["against"]:
                assert line["ratio"] == pytest.approx(line["value"] / line["against"])
            assert (line["met"] is None) == (line["target"] is None or line["against"] == 0)
    of = {one["case"]: {line["measured"]: line for line in one["lines"]} for one in report["cases"]}
    released = of["plain"]["release against its floor"]
    assert released["details"]["movements"] == 6 * released["details"]["released"] == 12
    assert released["rate"] == pytest.approx(2 / released["value"])
    for call, dearest in (("plain release", "write/write_records"), ("plain restore", "write/remove_records")):
        steps = {name: line["value"] for name, line in of["steps"].items() if name.startswith(f"{call}, ")}
        whole = steps.pop(f"{call}, a movement in all")
        assert sum(steps.values()) == pytest.approx(whole)
        assert f"{call}, {dearest}" in steps
    assert of["history"]["release beside the history against none"]["details"] == {"closed_orders": 20}
    assert of["partitions"]["restore beside the partitions against empty"]["details"]["partitions"] == 40
    assert of["integrity"]["check_integrity"]["details"]["broken"] == []
    assert of["peer"]["release against the peer"]["against"] == 0.5
    assert {"stock_movement", "production_order", "removed_stock_movement"} <= of["sizes"].keys()
    assert all(line["rate"] > 0 for line in of["grids"].values())
    for grid in ("release_grid", "restore_grid"):
        assert of["grids"][f"{grid}, page from the middle by end_date"]["details"]["rows"] == 50
        for name in grids.FILTERS:
            few, half = (
                of["grids"][f"{grid}, {asked}"]["details"]["rows"]
                for asked in (f"{name}, few, by end_date", f"count of {name}, half")
            )
            assert 30 < few <= 50
            assert 300 < half < 600

    file = tmp_path / "report.json"
    file.write_text(answer.stdout)
    drawn = draw(file, tmp_path)
    assert [one.name for one in drawn] == ["performance-growth.svg", "performance-steps.svg"]
    for one in drawn:
        assert ElementTree.parse(one).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert "write/write_records" in drawn[1].read_text()


def test_no_text_of_a_picture_covers_another(tmp_path: Path) -> None:
    growth = [
        {"measured": f"{call}, each of {n:,} orders", "value": value, "unit": "ms", "orders": n}
        for call, last in (("preview", 0.51), ("release", 0.52), ("restore", 0.50))
        for n, value in ((10, 1.0), (100, last))
    ]
    steps = [
        {"measured": f"plain, {step}", "value": value, "rate": 1.0}
        for step, value in (("write/write_records", 9.0), ("the rest", -1.0))
    ]
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"cases": [{"case": "growth", "lines": growth}, {"case": "steps", "lines": steps}]}))
    for drawn in draw(report, tmp_path):
        root = ElementTree.parse(drawn).getroot()
        boxes = []
        for text in root.iter("{http://www.w3.org/2000/svg}text"):
            x, y, width = float(text.get("x", "")), float(text.get("y", "")), 7 * len(text.text or "")
            left = {"end": x - width, "middle": x - width / 2}.get(text.get("class", ""), x)
            assert left >= 0, text.text
            assert left + width <= 720, text.text
            boxes.append((left, left + width, y - 12, y))
        for one, other in combinations(boxes, 2):
            assert one[1] <= other[0] or other[1] <= one[0] or one[3] <= other[2] or other[3] <= one[2]
        assert all(float(bar.get("width", "")) >= 0 for bar in root.iter("{http://www.w3.org/2000/svg}rect"))


def test_a_report_says_whether_each_target_is_met(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        Line("a call", 1.0, "ms", 4.0, "≤ 0.5 ×"),
        Line("a call of many", 3.0, "ms", 4.0, "≤ 0.5 ×"),
        Line("memory", 0.5, "GB", target="≤ 1.0 GB"),
        Line("throughput", 80.0, "orders/s", 100.0, "≥ 0.9 ×"),
        Line("a figure", 2_000.0, "orders/s"),
    ]
    print_report({"fsync": "on"}, [Measured("plain", 7, lines)], "json")
    report = json.loads(capsys.readouterr().out)
    assert [line["ratio"] for line in report["cases"][0]["lines"]] == [0.25, 0.75, None, 0.8, None]
    assert [line["met"] for line in report["cases"][0]["lines"]] == [True, False, True, False, None]
    monkeypatch.setenv("COLUMNS", "200")
    print_report({"fsync": "on"}, [Measured("plain", 7, lines)], "table")
    printed = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "plain 7 a call 1.00 ms 4.00 ms 0.250 ≤ 0.5 × yes" in printed
    assert "plain 7 throughput 80.0 orders/s 100.0 orders/s 0.800 ≥ 0.9 × no" in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--case", "plain=ten"], "'ten' is no number"),
        (["--case", "plain=0"], "at least 1"),
        (["--case", "growth=200001"], "at most 200,000"),
        (["--case", "fast"], "'fast' is no case; there are plain, rich"),
        (["--case", "plain=1", "--peer", "true"], "--peer goes with the case peer"),
    ],
)
def test_a_case_that_is_not_there_is_a_wrong_call(arguments: list[str], said: str) -> None:
    answer = CliRunner().invoke(main, ["bench", *arguments])
    assert answer.exit_code == 2
    assert said in answer.output


def test_the_help_names_every_case() -> None:
    answer = CliRunner().invoke(main, ["bench", "--help"])
    for name, case in CASES.items():
        assert re.search(rf"^ *{name} +{case.count:,}  {re.escape(case.what)}$", answer.output, re.MULTILINE), name


def test_cases_are_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RILASCIO_DSN", raising=False)
    called: list[Any] = []
    monkeypatch.setattr("harness.dev.bench.run.run", lambda dsn, asked, *rest: called.append((dsn, list(asked))))
    for arguments in (["--case", "rich", "--case", "plain=1_0", "--dsn", "postgresql://x"], []):
        assert CliRunner().invoke(main, ["bench", *arguments]).exit_code == 0
    assert called == [
        ("postgresql://x", [("rich", 10_000), ("plain", 10)]),
        (None, [("plain", 1_000), ("plain", 10_000)]),
    ]


@pytest.mark.parametrize("command", ["exit 3", "echo soon", "true"])
def test_a_peer_that_prints_no_seconds_ends_the_measure(command: str) -> None:
    with pytest.raises(HarnessError, match="not its seconds"):
        seconds_of(command, {})


def test_clients_that_are_not_here_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(clients, "find_bindir", lambda: tmp_path)
    monkeypatch.setattr(clients, "packaged_bindirs", list)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HarnessError, match="pgbench, which is not here"):
        clients.find_pgbench()


def test_the_speed_of_clients_counts_while_all_of_them_are_at_work() -> None:
    log = "".join(f"{client} {n} 9 0 {second} 500000\n" for client, n, second in [
        (0, 1, 10), (0, 2, 11), (0, 3, 12), (0, 4, 13), (1, 1, 11), (1, 2, 13), (1, 3, 20),
    ])  # fmt: skip
    assert clients.speed_of(log) == 3 / 2
