"""`rilascio pull`: what the views of another ERP's database show is put into a company."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import Result
from psycopg.sql import SQL, Identifier

from rilascio import testing
from rilascio.link import host as host_module
from rilascio.link.host import Host
from rilascio.link.pull import pull
from rilascio.loading import LoadReport
from tests.clients.test_cli_interruption import ended, started
from tests.link.conftest import HOST, HostDatabase, query, rilascio
from tests.sessions import wait_until_command_blocked

FIRST_ROWS = {
    "company": 1,
    "warehouse": 1,
    "movement_reason": 2,
    "warehouse_rule": 2,
    "item": 3,
    "opening_stock": 2,
    "production_order": 2,
    "production_order_material": 3,
    "item_mrp_parameter": 3,
}


def summary(result: Result) -> str:
    return result.stdout.splitlines()[-1]


def failed(result: Result) -> list[str]:
    """Return what a pull that failed has said, in which there is no trace of a temporary file."""
    assert result.exit_code == 1, result.output
    assert not re.search(r"/tmp|\.csv|\bfile|\bline \d|Traceback", result.output), result.output
    return result.stderr.splitlines()


def digest(dsn: str) -> list[tuple[Any, ...]]:
    """Return what the company holds that a pull could change."""
    return query(
        dsn,
        "select (select jsonb_agg(i order by i.item_code) from erp_data.item as i),"
        " (select jsonb_agg(o order by o.order_number) from erp_data.production_order as o),"
        " (select jsonb_agg(m order by m.order_number, m.line) from erp_data.production_order_material as m),"
        " (select jsonb_agg(b order by b.item_code) from erp_data.stock_balance as b)",
    )


# --- what is put -----------------------------------------------------------------------------------------------------


def test_a_first_pull_makes_the_company_with_exact_values(host: HostDatabase, rilascio_database: str) -> None:
    result = rilascio("pull", "--first", "--dsn", rilascio_database, "--note", "from the host")
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.fullmatch(r"Loaded company SHOP: 19 rows in \d+\.\d s, by run 1\.", summary(result))
    assert query(rilascio_database, "select arguments ->> 'folder', note from erp.run") == [
        (f"schema rilascio of database {host.name}", "from the host")
    ]
    assert query(
        rilascio_database,
        "select item_code, description, quantity_decimals, phantom from erp_data.item order by item_code",
    ) == [
        ("BIKE", 'City bike, 28"', 0, False),
        ("GREASE", "", 3, False),
        ("WHEEL", "Wheel\nspoked", 0, False),
    ]
    assert query(
        rilascio_database, "select item_code, quantity::text from erp_data.stock_balance order by item_code"
    ) == [("GREASE", "0.00001234"), ("WHEEL", "20")]
    assert query(
        rilascio_database,
        "select order_number, quantity::text, end_date::text from erp_data.production_order order by order_number",
    ) == [(1, "2.50", "2026-01-31"), (2, "1", None)]
    assert query(
        rilascio_database, "select unit_quantity from erp_data.production_order_material where item_code = 'GREASE'"
    ) == [(Decimal("0.00001"),)]


def test_a_host_in_which_nothing_has_changed_changes_nothing(host: HostDatabase, writer: str) -> None:
    before = digest(writer)
    result = rilascio("pull")
    assert (result.exit_code, result.stderr) == (0, "")
    assert summary(result).endswith("s: 14 unchanged.")
    assert digest(writer) == before
    answer = json.loads(rilascio("pull", "--sync", "--format", "json").stdout)
    assert (answer["loaded"], answer["refused"]) == (True, [])
    assert {name: view["rows"] for name, view in answer["views"].items()} == {
        name: count for name, count in FIRST_ROWS.items() if name != "opening_stock"
    }
    assert "files" not in answer


def test_what_the_host_changes_adds_and_receives_is_put(host: HostDatabase, writer: str) -> None:
    host.execute(
        "update part set name = 'Wheel, 28' where code = 'WHEEL'; insert into part values ('BELL', 'Bell', 0, true);"
        "insert into work_order values (3, 'BIKE', 7, '2026-03-01'); insert into need values (3, 1, 'BELL', 1);"
        "delete from need where number = 2; insert into goods_receipt values (10, 'WHEEL', 5.5), (9, 'WHEEL', 1)"
    )
    result = rilascio("pull", "--note", "nightly")
    assert (result.exit_code, result.stderr) == (0, "")
    assert query(writer, "select description, phantom from erp_data.item where item_code in ('BELL', 'WHEEL')") == [
        ("Bell", True),
        ("Wheel, 28", False),
    ]
    assert query(writer, "select order_number, item_code from erp_data.production_order_material order by 1, 2") == [
        (1, "GREASE"),
        (1, "WHEEL"),
        (3, "BELL"),
    ]
    assert query(writer, "select quantity from erp_data.stock_balance where item_code = 'WHEEL'") == [
        (Decimal("26.5"),)
    ]
    posted = (
        "select key ->> 'document_key' from erp_api.run_row_history where run_kind = 'posting' order by run_id, ordinal"
    )
    assert query(writer, posted) == [("GR-9",), ("GR-10",)]  # in the order of the view
    assert {note for (note,) in query(writer, "select note from erp_api.run_history where kind <> 'load'")} == {
        "nightly"
    }


def test_a_sync_deletes_what_the_views_no_longer_show(host: HostDatabase, writer: str) -> None:
    host.execute("delete from work_order where number = 2; delete from need where number = 2")
    result = rilascio("pull", "--sync")
    assert failed(result) == [
        f"Error: Nothing was changed: schema rilascio of database {host.name} lacks 1 of 2 rows of view"
        " production_order, which --sync would delete.",
        "Hint: Up to 20 % of a kind is deleted unasked; if the views are complete, add --yes.",
    ]
    assert rilascio("pull").exit_code == 0
    orders = "select order_number from erp_data.production_order order by 1"
    assert query(writer, orders) == [(1,), (2,)]
    assert rilascio("pull", "--sync", "--yes").exit_code == 0
    assert query(writer, orders) == [(1,)]


def test_a_dry_run_says_what_would_come_and_changes_nothing(host: HostDatabase, writer: str) -> None:
    host.execute("update work_order set quantity = 9 where number = 1")
    before = digest(writer)
    result = rilascio("pull", "--dry-run")
    assert (result.exit_code, summary(result)) == (
        0,
        "Company SHOP would have: 1 changed, 13 unchanged. Nothing was changed.",
    )
    assert digest(writer) == before


def test_views_of_a_part_of_the_data_leave_the_rest_as_it_is(
    writer: str, make_database: Callable[..., HostDatabase]
) -> None:
    other = make_database()
    other.execute(
        "create schema \"For Rilascio\"; create view \"For Rilascio\".item as select 'BIKE' as item_code, 'B' as uom;"
        'create table "For Rilascio".cursor (place bigint)'
    )
    result = rilascio("pull", "--from", other.dsn, "--schema", "For Rilascio")
    assert summary(result).endswith("s: 1 changed.")
    assert query(writer, "select description, uom from erp_data.item where item_code = 'BIKE'") == [
        ('City bike, 28"', "B")
    ]


def test_the_views_are_read_at_one_moment(host: HostDatabase) -> None:
    read: dict[str, str] = {}

    def changes_meanwhile(view: str, rows: int) -> None:
        host.execute("insert into work_order values (99, 'BIKE', 1); update part set name = 'changed'")

    def keep(folder: Path, wording: Any) -> LoadReport:
        read.update({path.stem: path.read_text() for path in folder.iterdir()})
        return LoadReport("SHOP", 1, 1, {}, {}, {})

    pull(Host(host.dsn), keep, first=False, notify=lambda text: None, progress=changes_meanwhile)
    assert "changed" not in read["item"]
    assert read["production_order"].splitlines()[1:] == ["2026,1,BIKE,2.50,2026-01-31", "2026,2,BIKE,1,"]


def test_a_host_keeps_its_own_encoding_and_settings(writer: str, make_database: Callable[..., HostDatabase]) -> None:
    latin = make_database("encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'")
    latin.execute(
        "create schema rilascio; create view rilascio.item as select 'BIKE' as item_code, U&'Bici \\00E0 ruota' as"
        " description; create view rilascio.production_order as select 2026 as order_year, 1 as order_number,"
        " date '2026-05-04' as end_date, 0.1::float8 + 0.2 as quantity, 'BIKE' as item_code"
    )
    latin.execute(f"alter database {latin.name} set datestyle = 'German'")
    latin.execute(f"alter database {latin.name} set extra_float_digits = 0")
    assert rilascio("pull", "--from", latin.dsn).exit_code == 0
    assert query(writer, "select description from erp_data.item where item_code = 'BIKE'") == [("Bici à ruota",)]
    assert query(
        writer, "select quantity::text, end_date::text from erp_data.production_order where order_number = 1"
    ) == [("0.30000000000000004", "2026-05-04")]


def test_the_host_may_be_the_same_database(writer: str, rilascio_database: str) -> None:
    with psycopg.connect(rilascio_database) as connection:
        connection.execute(
            "create schema rilascio; create view rilascio.item as select item_code, upper(description) as description"
            " from erp_data.item"
        )
    result = rilascio("pull", "--from", rilascio_database)
    assert summary(result).endswith("s: 2 changed, 1 unchanged.")


# --- what is refused -------------------------------------------------------------------------------------------------

BAD_ROWS = {
    "a code twice": (
        ("item", "values ('BIKE', 'a'), ('NUT', 'b'), ('BIKE', 'c')", "(item_code, description)"),
        'view item, row 2 (item_code "BIKE"), column item_code: item_code "BIKE" stands in another row already',
        "duplicate_key",
    ),
    "no number": (
        ("item", "values ('NUT', 'three')", "(item_code, quantity_decimals)"),
        'view item, row 1 (item_code "NUT"), column quantity_decimals: Column quantity_decimals: "three" is not a whole'
        " number.",
        "bad_integer",
    ),
    "a half": (
        ("item", "values (E'N\\nUT', 1.5), ('OAT', 2)", "(item_code, quantity_decimals)"),
        'view item, row 1 (item_code "N�UT"), column quantity_decimals: Column quantity_decimals: "1.5" is not a whole'
        " number.",
        "bad_integer",
    ),
    "a moment for a date": (
        (
            "production_order",
            "select 2026, 1, 'BIKE', 1, timestamp '2026-01-31 10:00'",
            "(order_year, order_number, item_code, quantity, end_date)",
        ),
        'view production_order, row 1 (order_year "2026", order_number "1"), column end_date: Column end_date:'
        ' "2026-01-31 10:00:00" is not a date in the form YYYY-MM-DD.',
        "bad_date",
    ),
    "not a number": (
        (
            "production_order",
            "select 2026, 1, 'BIKE', 'NaN'::float8",
            "(order_year, order_number, item_code, quantity)",
        ),
        'view production_order, row 1 (order_year "2026", order_number "1"), column quantity: Column quantity: "NaN" is'
        " not a number such as 12.5.",
        "bad_number",
    ),
    "an order without its item": (
        (
            "production_order",
            "values (2026, 1, 'BIKE', 1), (2026, 7, 'TANDEM', 1)",
            "(order_year, order_number, item_code, quantity)",
        ),
        'view production_order, row 2 (order_year "2026", order_number "7"), column item_code: Column item_code: the'
        ' company has no item "TANDEM".',
        "unknown_reference",
    ),
    "a material without its order": (
        (
            "production_order_material",
            "values (2026, 8, 1, 'WHEEL', 1)",
            "(order_year, order_number, line, item_code, unit_quantity)",
        ),
        'view production_order_material, row 1 (order_year "2026", order_number "8", line "1"), column order_number:'
        ' order_year "2026", order_number "8", order_lot "0" is not in view production_order',
        "unknown_reference",
    ),
    "no code": (
        ("item", "values ('NUT', 'b'), ('', 'a')", "(item_code, description)"),
        "view item, row 1, column item_code: Column item_code: a value is required.",
        "value_required",
    ),
    "two companies": (
        ("company", "values ('SHOP'), ('STORE')", "(company_code)"),
        'view company, row 2 (company_code "STORE"), column company_code: a schema holds one company',
        "one_company",
    ),
    "no company": (
        ("company", "select 'SHOP' where false", "(company_code)"),
        "view company: the view has no row: a schema holds one company",
        "one_company",
    ),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_named_and_nothing_is_put(host: HostDatabase, writer: str, name: str) -> None:
    (view, rows, columns), sentence, code = BAD_ROWS[name]
    host.execute(f"drop view rilascio.{view}; create view rilascio.{view} {columns} as {rows}")
    host.execute("update part set name = 'new'; delete from need")
    before = digest(writer)
    result = rilascio("pull")
    assert failed(result)
    assert result.stderr.startswith(sentence + "\n")
    assert (
        f"Error: Nothing was changed by schema rilascio of database {host.name}: it has 1 bad row.\n" in result.stderr
    )
    assert "Hint: Correct the views and pull again" in result.stderr
    answer = json.loads(rilascio("pull", "--format", "json").stdout)
    (row,) = answer["rows"]
    assert (answer["loaded"], row["view"], row["code"]) == (False, view, code)
    assert digest(writer) == before


def test_what_is_refused_in_part_keeps_only_itself_out(host: HostDatabase, writer: str) -> None:
    host.execute(
        "insert into work_order values (7, 'TANDEM', 1, null); update part set name = 'new' where code = 'BIKE'"
    )
    result = rilascio("pull", "--partly")
    assert (result.exit_code, result.stderr) == (
        3,
        'view production_order, row 3 (order_year "2026", order_number "7"), column item_code: Column item_code: the'
        ' company has no item "TANDEM".\n',
    )
    assert query(writer, "select description from erp_data.item where item_code = 'BIKE'") == [("new",)]
    answer = json.loads(rilascio("pull", "--partly", "--format", "json").stdout)
    assert answer["refused_count"] == 1
    assert answer["refused"][0] == {
        "view": "production_order",
        "row": 3,
        "key": {"order_year": "2026", "order_number": "7", "order_lot": None},
        "column": "item_code",
        "reason": 'Column item_code: the company has no item "TANDEM".',
        "code": "unknown_reference",
    }


def test_a_first_pull_with_a_bad_row_makes_no_company(host: HostDatabase, rilascio_database: str) -> None:
    host.execute("insert into part values ('BELL', 'Bell', 11)")
    lines = failed(rilascio("pull", "--first", "--dsn", rilascio_database))
    assert lines[0].startswith('view item, row 1 (item_code "BELL"), column quantity_decimals: ')
    assert lines[1:] == [
        f"Error: Nothing was loaded from schema rilascio of database {host.name}: it has 1 bad row.",
        "Hint: Correct the views and pull again.",
    ]
    assert query(rilascio_database, "select count(*) from erp.company") == [(0,)]


SENTENCES = {
    "drop schema rilascio cascade": "The host's database {name} has no schema rilascio.",
    "drop schema rilascio cascade; create schema rilascio": ("Schema rilascio of database {name} has no view to pull."),
    "create view rilascio.items as select 1": (
        "Schema rilascio of database {name} has a view items that nobody reads."
    ),
    "create view rilascio.site as select 'A' as site_code, 'x' as discription": (
        "View site has a column discription that it does not take."
    ),
    "create view rilascio.site as select 'A' as description": "View site lacks the column site_code.",
    "create view rilascio.stock_document as select current_date as record_date": (
        "View stock_document lacks the column document_key."
    ),
    "create view rilascio.site as select (1 / (random() * 0)::integer)::text as site_code": (
        "View site of the host cannot be read: division by zero."
    ),
    "create view rilascio.site as select null::text as site_code union all select 'A'": (
        "View site, row 2, has no value in any column."
    ),
    "create view rilascio.site as select null::text as site_code, null::text as description": (
        "View site, row 1, has no value in any column."
    ),
    "create sequence n; create view rilascio.site as select nextval('n')::text as site_code": (
        "View site of the host cannot be read: cannot execute nextval() in a read-only transaction."
    ),
}


@pytest.mark.parametrize("statement", SENTENCES)
def test_views_that_cannot_be_read_are_told_in_one_sentence(host: HostDatabase, writer: str, statement: str) -> None:
    host.execute(statement)
    before = digest(writer)
    sentence, hint = failed(rilascio("pull"))
    assert sentence == f"Error: {SENTENCES[statement].format(name=host.name)}"
    assert hint.startswith("Hint: ")
    assert digest(writer) == before


def test_the_name_and_the_column_that_are_meant_are_told(host: HostDatabase, writer: str) -> None:
    host.execute("create view rilascio.items as select 1")
    assert "Is item meant? Views are named company, site, warehouse" in failed(rilascio("pull"))[1]
    assert "stock_balance and order_status are for rilascio compare" in failed(rilascio("pull"))[1]
    host.execute("drop view rilascio.items; create view rilascio.site as select 'A' as site_cod")
    assert "Is site_code meant?" in failed(rilascio("pull"))[1]


def test_what_belongs_to_compare_is_not_pulled(host: HostDatabase, writer: str) -> None:
    host.execute(
        "create view rilascio.stock_balance as select 1 / 0 as wrong; create table rilascio.helper (n integer)"
    )
    assert summary(rilascio("pull")).endswith("s: 14 unchanged.")


def test_a_first_pull_needs_a_company(host: HostDatabase, rilascio_database: str) -> None:
    host.execute("drop view rilascio.company")
    assert failed(rilascio("pull", "--first", "--dsn", rilascio_database))[0] == (
        "Error: A first pull needs a view company, which the host does not have."
    )


def test_a_role_that_may_not_read_the_views_is_told_what_to_grant(
    host: HostDatabase, writer: str, rilascio_server: Any
) -> None:
    with psycopg.connect(host.dsn) as connection:
        role = testing.make_role(connection, "erp_reader", password="secret")
    try:
        sentence, hint = failed(rilascio("pull", "--from", rilascio_server.dsn(host.name, role, "secret")))
        assert sentence == "Error: View company of the host cannot be read: permission denied for schema rilascio."
        assert "grant usage on schema rilascio" in hint
    finally:
        with psycopg.connect(host.dsn) as connection:
            connection.execute(SQL("drop role {}").format(Identifier(role)))


# --- a host that is not there ----------------------------------------------------------------------------------------

NOWHERE = "postgresql://nobody@127.0.0.1:1/nowhere"


def test_a_host_that_is_down_fails_at_once_unless_there_is_patience(
    writer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentence, hint = failed(rilascio("pull", "--from", NOWHERE))
    assert sentence.startswith("Error: The host cannot be read. The database cannot be reached: ")
    assert hint == "Hint: Check --from and that the server is running; --patience SECONDS tries again for a while."
    told = failed(rilascio("pull", "--from", NOWHERE, "--patience", "0.05"))
    assert told[0].startswith("The host cannot be read. ")
    assert told[0].endswith("Trying again for 0 s.")
    assert len(told) > 3


def test_who_has_patience_sees_the_host_come_back(
    host: HostDatabase, writer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []
    real = host_module.open_session

    def sometimes(dsn: str, **options: Any) -> Any:
        tries.append(dsn)
        return real(NOWHERE if len(tries) < 3 else dsn, **options)

    monkeypatch.setattr(host_module, "open_session", sometimes)
    result = rilascio("pull", "--patience", "60")
    assert (result.exit_code, len(tries)) == (0, 3)
    assert summary(result).endswith("s: 14 unchanged.")
    assert result.stderr.count("The host cannot be read. ") == 2


def test_a_connection_that_breaks_off_while_views_are_read_begins_anew(
    host: HostDatabase, writer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.execute("alter table part add column extra text")
    kills = iter([True])

    def kill(view: str, rows: int) -> None:
        if next(kills, False):
            host.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )

    def names(folder: Path, wording: Any) -> LoadReport:
        return LoadReport("SHOP", 1, 1, {path.stem: 0 for path in folder.iterdir()}, {}, {})

    told: list[str] = []
    report = pull(Host(host.dsn, patience=60), names, first=True, notify=told.append, progress=kill)
    assert report.rows.keys() == FIRST_ROWS.keys()
    assert len(told) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_pull_that_is_told_to_end_changes_nothing(host: HostDatabase, writer: str, number: signal.Signals) -> None:
    before = digest(writer)
    with psycopg.connect(host.dsn) as holder:
        holder.execute("lock table part")
        with started("pull") as process:
            wait_until_command_blocked(host.dsn)
            process.send_signal(number)
            code, stderr = ended(process)
    by = "" if number == signal.SIGINT else f" by {number.name}"
    assert (code, stderr) == (128 + number, f"Error: Interrupted{by}.\n")
    assert digest(writer) == before


# --- options ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--from", NOWHERE, "--first", "--sync"], "--sync does not go with --first."),
        (["--from", NOWHERE, "--first", "--dry-run"], "--dry-run does not go with --first."),
        (["--from", NOWHERE, "--first", "--company", "SHOP"], "--company does not go with --first."),
        (["--from", NOWHERE, "--member", "anna"], "--member belongs to --first."),
        (["--from", NOWHERE, "--yes"], "--yes belongs to --sync."),
        ([], "No database to read from is named."),
        (["--from", "somewhere"], "The connection string of --from is not understood: "),
    ],
)
def test_options_that_do_not_go_together_are_told(
    monkeypatch: pytest.MonkeyPatch, options: list[str], sentence: str
) -> None:
    monkeypatch.delenv("RILASCIO_HOST_DSN", raising=False)
    result = rilascio("pull", *options, "--dsn", "postgresql:///nowhere")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {sentence}")


def test_another_company_than_that_of_the_view_is_told(host: HostDatabase, writer: str) -> None:
    result = rilascio("pull", "--company", "STORE")
    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        2,
        "Error: view company is about company SHOP, --company about STORE.",
    )


def test_the_host_of_these_tests_has_a_view_for_each_kind_that_is_pulled_here() -> None:
    assert set(re.findall(r"create view rilascio\.(\w+)", HOST)) == {*FIRST_ROWS, "stock_document_line"}
