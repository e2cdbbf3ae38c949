"""A folder of CSV files is put into a company that is there, by a member of erp_writer (rules, section 13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL
from psycopg.types.json import Jsonb

from rilascio.errors import HarnessError
from rilascio.folders import demo_folder
from rilascio.loading import UpdateFailed, UpdateOptions, company_update, load, update
from rilascio.loading.files import FILES

FACTORY = {
    "company": 'company_code,description,period_start,period_end\nMILL,"Mill, ""Old""",2026-01-01,2026-12-31\n',
    "site": "site_code,description\nNORTH,\n",
    "warehouse": "warehouse_code,site_code,check_location,valid_until\nSTEEL,NORTH,true,\nYARD,,,2030-01-31\n",
    "location": "warehouse_code,location_code,blocked\nSTEEL,A-01,\nSTEEL,A-02,TRUE\n",
    "movement_reason": (
        "warehouse_code,reason_code,direction,counterpart_warehouse_code,counterpart_reason_code,default_location_code\n"
        "STEEL,IN,load,,,\nSTEEL,OUT,issue,YARD,IN,A-01\nYARD,IN,load,,,\nYARD,IN2,load,,,\n"
    ),
    "warehouse_rule": (
        "level,site_code,item_code,section,warehouse_code,issue_reason_code,semi_finished_issue_reason_code\n"
        "company,,,raw_material,STEEL,OUT,\nsite,NORTH,,wip,STEEL,OUT,OUT\nitem,,BOLT,raw_material,STEEL,OUT,\n"
    ),
    "item": (
        "item_code,description,uom,quantity_decimals,tracking,lot_policy\n"
        'BOLT,"Bolt\nM8, zinc",PC,0,,\nGATE,"Cancello ""Ä""",,,none,\nPAINT,Lack weiß 漆,KG,,lot,expiry\n'
    ),
    "item_variant": "item_code,variant_code\nPAINT,RED\n",
    "item_location": "item_code,warehouse_code,location_code,priority\nBOLT,STEEL,A-02,5\n",
    "item_mrp_parameter": "item_code,picking_type,procurement_type\nBOLT,automatic,purchase\n",
    "lot": "item_code,variant_code,lot_code,expiry_date,sellable\nPAINT,,P1,2026-09-30,\nPAINT,RED,P1,,false\n",
    "job_order": "job_year,job_number,site_code\n2026,7,NORTH\n2026,8,\n",
    "production_order": (
        "order_year,order_number,order_lot,item_code,quantity,job_year,job_number,firm,load_warehouse_code\n"
        "2026,1,,GATE,2.50,2026,7,Officine Älba,\n2026,1,1,GATE,4,,,,YARD\n2026,2,,GATE,1,,,,\n"
    ),
    "production_order_phase": (
        "order_year,order_number,order_lot,phase,sub_phase,machine_site_code,productive\n"
        "2026,1,0,10,,NORTH,false\n2026,1,0,10,1,,\n2026,2,0,10,,,\n"
    ),
    "production_order_material": (
        "order_year,order_number,line,item_code,variant_code,unit_quantity,phase,warehouse_code,reason_code,location_code\n"
        "2026,1,1,BOLT,,8.000,10,STEEL,OUT,A-02\n2026,1,2,PAINT,RED,-0.5,,,,\n2026,2,1,BOLT,,2,10,,,\n"
    ),
    "material_lot": "order_year,order_number,line,lot_code,quantity\n2026,1,2,P1,0.25\n",
}
OF_ORDERS = ("production_order", "production_order_phase", "production_order_material", "material_lot")

Put = Callable[..., Any]
Query = Callable[[str], list[tuple[Any, ...]]]
Write = Callable[[dict[str, str]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Give a function that writes files, by name without ending, into a new folder and returns it."""
    numbers = iter(range(100))

    def write_folder(files: dict[str, str]) -> Path:
        folder = tmp_path / f"folder{next(numbers)}"
        folder.mkdir()
        for name, content in files.items():
            (folder / f"{name}.csv").write_text(content)
        return folder

    return write_folder


@pytest.fixture
def query(rilascio_database: str) -> Iterator[Query]:
    """Give a function that runs a statement as superuser and returns its rows."""
    with psycopg.connect(rilascio_database, autocommit=True) as connection:

        def rows(text: str) -> list[tuple[Any, ...]]:
            cursor = connection.execute(text.encode())
            return cursor.fetchall() if cursor.description else []

        yield rows


@pytest.fixture
def writer(rilascio_login: Callable[[str], str]) -> str:
    """Give the URL of a member of erp_writer."""
    return rilascio_login("erp_writer")


@pytest.fixture
def put(rilascio_database: str, writer: str, write: Write) -> Put:
    """Give a function that updates a company with files, as a writer, and returns the report."""

    def put_files(files: dict[str, str], **options: Any) -> Any:
        return update(writer, write(files), UpdateOptions(**options))

    return put_files


@pytest.fixture
def mill(rilascio_database: str, writer: str, write: Write) -> None:
    """Have the factory loaded, with the writer among its members."""
    load(rilascio_database, write(FACTORY), members=[str(conninfo_to_dict(writer)["user"])])


@pytest.fixture
def empty_mill(rilascio_database: str, writer: str, write: Write) -> None:
    """Have a company without anything, with the writer among its members."""
    load(rilascio_database, write({"company": FACTORY["company"]}), members=[str(conninfo_to_dict(writer)["user"])])


def shown(query: Query, company: str = "MILL") -> dict[str, list[tuple[Any, ...]]]:
    """Return what the views of erp_data show of a company in the columns of the files."""
    of_company = f"company_id = (select c.company_id from erp.company as c where c.company_code = '{company}')"
    columns = {file.name: ", ".join(column.name for column in file.columns) for file in FILES if file.key}
    return {
        name: query(f"select {names} from erp_data.{name} where {of_company} order by {names}")
        for name, names in columns.items()
    }


def outcomes(report: Any) -> dict[str, dict[str, int]]:
    """Return what came of the rows of each file, but for what is unchanged."""
    counted = {
        name: {
            outcome: count
            for outcome in ("created", "changed", "deleted", "refused")
            if (count := getattr(counts, outcome))
        }
        for name, counts in report.files.items()
    }
    return {name: counts for name, counts in counted.items() if counts}


def places(failed: UpdateFailed) -> list[tuple[str, int | None, str | None, str]]:
    return [(row.file.removesuffix(".csv"), row.line, row.column, row.code) for row in failed.rows]


def rows(name: str, *lines: str) -> dict[str, str]:
    """Return a file of the factory with some of its lines, by number from 1 (its header), or with lines of its own."""
    text = FACTORY[name].splitlines()
    return {name: "\n".join(text[int(line) - 1] if line.isdigit() else line for line in ("1", *lines)) + "\n"}


# --- update ----------------------------------------------------------------------------------------------------------


def test_R70_a_folder_that_was_loaded_is_unchanged_by_an_update(mill: None, put: Put, query: Query) -> None:
    before = shown(query)
    report = put(FACTORY)
    assert (report.refused, outcomes(report)) == ([], {})
    assert (report.files["item"].unchanged, report.files["production_order"].unchanged) == (3, 3)
    assert shown(query) == before


@pytest.mark.parametrize("rows_per_call", [1, 3, 50_000])
def test_R70_an_update_of_an_empty_company_equals_a_load(
    rilascio_database: str, empty_mill: None, put: Put, query: Query, write: Write, rows_per_call: int
) -> None:
    report = put(FACTORY, rows_per_call=rows_per_call)
    assert (report.refused, report.files["movement_reason"].created) == ([], 4)
    load(rilascio_database, write(FACTORY | {"company": FACTORY["company"].replace("MILL", "TWIN")}))
    mill, twin = shown(query), shown(query, "TWIN")
    assert [row[1:] for row in mill.pop("company")] == [row[1:] for row in twin.pop("company")]
    assert mill == twin


def test_R70_columns_and_files_that_are_absent_stay_and_an_empty_cell_sets_the_default(
    mill: None, put: Put, query: Query
) -> None:
    report = put({"item": "item_code,lot_policy,description\nBOLT,expiry,Bolt\nPAINT,,Lack\n"}, company="MILL")
    assert outcomes(report) == {"item": {"changed": 2}}
    assert query("select item_code, uom, description, tracking, lot_policy from erp_data.item order by 1") == [
        ("BOLT", "PC", "Bolt", "none", "expiry"),
        ("GATE", "PC", 'Cancello "Ä"', "none", "fifo"),
        ("PAINT", "KG", "Lack", "lot", "fifo"),
    ]


def test_the_company_is_the_only_one_of_the_caller_where_nobody_names_it(mill: None, put: Put) -> None:
    assert put(rows("site", "2", "SOUTH,")).company_code == "MILL"


def test_a_company_named_twice_is_the_same(mill: None, put: Put) -> None:
    assert put({"company": FACTORY["company"]}, company="MILL").files["company"].unchanged == 1
    with pytest.raises(HarnessError, match=r"company\.csv is about company MILL, --company about ELSE"):
        put({"company": FACTORY["company"]}, company="ELSE")


def test_an_update_of_a_company_of_others_ends_with_one_sentence(
    rilascio_database: str, put: Put, write: Write
) -> None:
    load(rilascio_database, write(FACTORY))
    with pytest.raises(HarnessError) as caught:
        put(FACTORY)
    assert caught.value.message.startswith("The role ")
    assert caught.value.message.endswith(" is a member of no company.")


def test_an_operator_who_is_no_writer_is_told_who_puts_data(
    rilascio_database: str, rilascio_login: Callable[[], str], write: Write
) -> None:
    operator = rilascio_login()
    load(rilascio_database, write(FACTORY), members=[str(conninfo_to_dict(operator)["user"])])
    with pytest.raises(HarnessError) as caught:
        update(operator, write(FACTORY), UpdateOptions())
    assert caught.value.message == "Nothing was changed: permission denied for function put_data."
    assert "erp_writer" in (caught.value.hint or "")


def test_spreadsheets_are_put_as_they_are(mill: None, put: Put, query: Query) -> None:
    order = "\ufefforder_year;order_number;item_code;quantity;end_date\r\n2026;3;GATE;1,5;2026-05-01\r\n;;;;\r\n"
    item = "item_code;phantom\r\nBOLT;WAHR\r\nGATE;TRUE\r\n"
    assert outcomes(put({"production_order": order})) == {"production_order": {"created": 1}}
    assert [(str(q), n) for q, n in query("select quantity, order_number from erp_data.production_order")][-1] == (
        "1.5",
        3,
    )
    with pytest.raises(UpdateFailed) as caught:
        put({"item": item, "production_order": order.replace("1,5", "1.500")})
    assert caught.value.separators == {"item": ";", "production_order": ";"}
    assert places(caught.value) == [
        ("item", 2, "phantom", "bad_boolean"),
        ("production_order", 2, "quantity", "ambiguous_number"),
    ]


def test_opening_stock_is_not_put(mill: None, put: Put) -> None:
    with pytest.raises(UpdateFailed) as caught:
        put({"opening_stock": "warehouse_code,item_code,quantity,record_date\nYARD,BOLT,5,2026-02-01\n"})
    assert places(caught.value) == [("opening_stock", None, None, "first_load_only")]


def test_what_is_no_csv_stops_an_update_even_if_it_may_be_partial(mill: None, put: Put, query: Query) -> None:
    before = shown(query)
    for name, text, place in (
        ("item", "item_code\nNUT\nBOLT,3\n", ("item", 3, None, "field_count")),
        ("item", "uom\nPC\n", ("item", 1, "item_code", "column_missing")),
        ("items", "uom\nPC\n", ("items", None, None, "file_unknown")),
        ("company", FACTORY["company"] + "TWIN,,,\n", ("company", 3, "company_code", "one_company")),
    ):
        with pytest.raises(UpdateFailed) as caught:
            put({name: text}, partly=True)
        assert places(caught.value) == [place]
    assert shown(query) == before


# --- orders and their rows -------------------------------------------------------------------------------------------


def test_R71_rows_of_an_order_replace_those_it_has(mill: None, put: Put, query: Query) -> None:
    files = rows("production_order", "2") | rows("production_order_material", "2026,1,1,BOLT,,9,,,,")
    assert outcomes(put(files)) == {"production_order": {"changed": 1}}
    of_order = "where order_number = 1 and order_lot = 0"
    assert query(f"select line, item_code, unit_quantity::text from erp_data.production_order_material {of_order}") == [
        (1, "BOLT", "9")
    ]
    assert query(f"select count(*) from erp_data.material_lot {of_order}") == [(0,)]
    assert query(f"select count(*) from erp_data.production_order_phase {of_order}") == [(2,)]
    assert query("select count(*) from erp_data.production_order_material where order_number = 2") == [(1,)]


def test_R71_an_order_of_which_the_file_has_no_row_loses_its_rows(mill: None, put: Put, query: Query) -> None:
    files = rows("production_order", "2", "4") | rows("production_order_phase", "2", "3")
    report = put(files | rows("production_order_material", "2", "3"))
    assert outcomes(report) == {"production_order": {"changed": 1}}
    assert query("select order_number, count(*) from erp_data.production_order_phase group by 1") == [(1, 2)]


def test_R71_files_of_rows_alone_replace_those_of_the_orders_that_they_name(mill: None, put: Put, query: Query) -> None:
    report = put(rows("production_order_phase", "2026,1,,10,,,", "2026,1,,10,1,,", "2026,1,,20,,,"))
    assert outcomes(report) == {"production_order": {"changed": 1}}
    assert query("select order_number, phase, sub_phase from erp_data.production_order_phase order by 1, 2, 3") == [
        (1, 10, 0),
        (1, 10, 1),
        (1, 20, 0),
        (2, 10, 0),
    ]


def test_R71_lots_alone_replace_the_lots_of_the_orders_that_they_name(mill: None, put: Put, query: Query) -> None:
    before = shown(query)
    assert outcomes(put(rows("material_lot", "2"))) == {}
    assert outcomes(put(rows("material_lot", "2026,1,2,P1,0.75"))) == {"production_order": {"changed": 1}}
    assert [str(row[-1]) for row in shown(query)["material_lot"]] == ["0.75"]
    put(rows("material_lot", "2"))
    assert shown(query) == before


def test_rows_of_no_order_and_lots_of_no_material_are_told(mill: None, put: Put) -> None:
    with pytest.raises(UpdateFailed) as caught:
        put(
            rows("production_order", "2")
            | rows("production_order_phase", "2", "3", "2026,2,0,10,,,")
            | rows("material_lot", "2", "2026,1,3,P1,1")
        )
    assert places(caught.value) == [
        ("production_order_phase", 4, "order_number", "unknown_reference"),
        ("material_lot", 3, "line", "unknown_reference"),
    ]
    with pytest.raises(UpdateFailed) as caught:
        put(rows("production_order", "2", ",2,,GATE,1,,,,"))
    assert places(caught.value) == [("production_order", 3, "order_year", "value_required")]
    with pytest.raises(UpdateFailed) as caught:
        put(rows("production_order_phase", "2026,9,,10,,,"))
    assert places(caught.value) == [("production_order_phase", 2, "order_number", "unknown_reference")]
    assert [str(row) for row in caught.value.rows] == [
        'production_order_phase.csv:2:order_number: order_year "2026", order_number "9", order_lot "0"'
        " is not in the company"
    ]


def test_what_is_refused_of_an_order_stands_at_the_line_of_its_file(mill: None, put: Put) -> None:
    with pytest.raises(UpdateFailed) as caught:
        put(
            rows("production_order", "2", "4", "2026,5,,DOOR,x,,,,")
            | rows("production_order_phase", "2", "2026,2,0,10,,,", "2026,1,0,10,1,NOWHERE,perhaps")
            | rows("production_order_material", "4", "2", "2026,1,2,PAINT,BLUE,1,,,,", "2026,1,3,PAINT,RED,1,,,,")
            | rows("material_lot", "2026,1,3,P1,1", "2026,1,3,P9,0")
        )
    assert places(caught.value) == [
        ("production_order", 4, "item_code", "unknown_reference"),
        ("production_order", 4, "quantity", "bad_number"),
        ("production_order_phase", 4, "machine_site_code", "unknown_reference"),
        ("production_order_phase", 4, "productive", "bad_boolean"),
        ("production_order_material", 4, "variant_code", "unknown_reference"),
        ("material_lot", 3, "lot_code", "unknown_reference"),
        ("material_lot", 3, "quantity", "out_of_range"),
    ]
    assert all("materials" not in row.reason and "phases" not in row.reason for row in caught.value.rows)


# --- stock documents -------------------------------------------------------------------------------------------------

DOCUMENTS = {
    "stock_document": "document_key,record_date,note\nGR-1,2026-03-01,goods in\nGI-1,2026-03-02,\n",
    "stock_document_line": (
        "document_key,warehouse_code,reason_code,item_code,lot_code,location_code,quantity,order_year,order_number,"
        "material_line\n"
        "GR-1,STEEL,IN,BOLT,,A-01,50,,,\nGI-1,YARD,IN,BOLT,,,5.0,,,\nGI-1,STEEL,OUT,BOLT,,A-01,3,2026,2,1\n"
        "GR-1,STEEL,IN,PAINT,P1,A-01,7,,,\n"
    ),
}


def lines(*texts: str) -> dict[str, str]:
    """Return a file of lines of stock documents."""
    return {"stock_document_line": "\n".join([DOCUMENTS["stock_document_line"].splitlines()[0], *texts]) + "\n"}


def posted(query: Query) -> list[tuple[Any, ...]]:
    """Return what each document moved."""
    return query(
        "select document_key, warehouse_code, item_code, sum(quantity)::text from erp_data.stock_movement"
        " where document_key is not null group by 1, 2, 3 order by 1, 2, 3"
    )


def test_R73_stock_documents_of_a_folder_are_posted_once(mill: None, put: Put, query: Query) -> None:
    report = put(FACTORY | DOCUMENTS, note="nightly")
    assert outcomes(report) == {"stock_document": {"created": 2}}
    assert (report.files["stock_document"].rows, report.files["stock_document_line"].rows) == (2, 4)
    moved = [
        ("GI-1", "STEEL", "BOLT", "-3"),
        ("GI-1", "YARD", "BOLT", "8.0"),  # its own load, and the counterpart of the issue
        ("GR-1", "STEEL", "BOLT", "50"),
        ("GR-1", "STEEL", "PAINT", "7"),
    ]
    assert posted(query) == moved
    assert query("select kind, note from erp_api.run_history where run_id = " + str(report.run_ids[-1])) == [
        ("posting", "nightly")
    ]
    assert query("select picked_quantity::text from erp_data.production_order_material where order_number = 2") == [
        ("3",)
    ]
    again = put(DOCUMENTS)
    assert (outcomes(again), again.files["stock_document"].unchanged, again.run_ids) == ({}, 2, [])
    assert posted(query) == moved


@pytest.mark.parametrize("rows_per_call", [1, 50_000])
def test_R7_documents_of_a_folder_see_what_its_earlier_ones_did(
    mill: None, put: Put, query: Query, rows_per_call: int
) -> None:
    documents = "document_key,record_date\nB,2026-03-01\nA,2026-03-01\n"
    files = {"stock_document": documents} | lines("A,STEEL,OUT,BOLT,,A-02,4,,,", "B,STEEL,IN,BOLT,,A-02,4,,,")
    assert outcomes(put(files, rows_per_call=rows_per_call)) == {"stock_document": {"created": 2}}
    assert len(posted(query)) == 3


def test_a_document_may_move_what_comes_with_its_folder(mill: None, put: Put, query: Query) -> None:
    files = rows("item", "NUT,,,,,") | {"stock_document": "document_key,record_date\nGR-2,2026-03-01\n"}
    report = put(files | lines("GR-2,YARD,IN,NUT,,,5,,,"))
    assert outcomes(report) == {"item": {"created": 1}, "stock_document": {"created": 1}}


def test_lines_alone_are_documents_of_today(mill: None, put: Put, query: Query) -> None:
    period = {"company": FACTORY["company"].replace("2026-12-31", "2999-12-31")}
    assert outcomes(put(period | lines("GR-2,YARD,IN,BOLT,,,5,,,", "GR-2,YARD,IN2,BOLT,,,1,,,"))) == {
        "company": {"changed": 1},
        "stock_document": {"created": 1},
    }
    assert query("select count(*), count(distinct record_date) from erp_data.stock_movement") == [(2, 1)]


def test_what_is_refused_of_a_document_stands_at_the_line_of_its_file(mill: None, put: Put, query: Query) -> None:
    with pytest.raises(UpdateFailed) as caught:
        put(
            {"stock_document": "document_key,record_date\nA,2026-03-01\nB,2025-02-30\nC,\nD,\nD,\n,2026-03-01\n"}
            | lines(
                "B,YARD,IN,BOLT,,,1,,,",
                "E,YARD,IN,BOLT,,,1,,,",
                "A,YARD,IN,BOLT,,,1,,,",
                "A,,IN,WIRE,,,x,,,",
                "A,STEEL,OUT,BOLT,,A-01,4,,,",
                "D,STEEL,OUT,BOLT,,A-01,4,,,",
                ",STEEL,OUT,BOLT,,A-01,4,,,",
            )
        )
    assert places(caught.value) == [
        ("stock_document", 3, "record_date", "bad_date"),
        ("stock_document", 4, "lines", "value_required"),
        ("stock_document", 6, "document_key", "duplicate_key"),
        ("stock_document", 7, "document_key", "value_required"),
        ("stock_document_line", 3, "document_key", "unknown_reference"),
        ("stock_document_line", 5, "warehouse_code", "value_required"),
        ("stock_document_line", 5, "item_code", "unknown_reference"),
        ("stock_document_line", 5, "quantity", "bad_number"),
        ("stock_document_line", 6, "quantity", "insufficient_stock"),
        ("stock_document_line", 8, "document_key", "value_required"),
    ]
    assert outcomes(caught.value.report) == {"stock_document": {"refused": 5}, "stock_document_line": {"refused": 2}}
    assert posted(query) == []


def test_partly_posts_the_documents_that_are_good_and_a_dry_run_none(mill: None, put: Put, query: Query) -> None:
    files = DOCUMENTS | lines("GR-1,STEEL,IN,BOLT,,A-01,50,,,", "GI-1,STEEL,OUT,BOLT,,A-01,51,,,")
    report = put(files, partly=True, dry_run=True)
    assert outcomes(report) == {"stock_document": {"created": 1, "refused": 1}}
    assert posted(query) == []
    report = put(files, partly=True)
    assert outcomes(report) == {"stock_document": {"created": 1, "refused": 1}}
    assert [str(row) for row in report.refused] == [
        "stock_document_line.csv:3:quantity: Document GI-1, line 1: 51 PC of item BOLT required from warehouse STEEL"
        " (location A-01), 50 available."
    ]
    assert posted(query) == [("GR-1", "STEEL", "BOLT", "50")]


def test_R73_a_document_that_changed_is_refused_and_a_sync_leaves_those_that_the_files_lack(
    mill: None, put: Put, query: Query
) -> None:
    put(DOCUMENTS)
    changed = {name: text.replace("IN,BOLT,,A-01,50", "IN,BOLT,,A-01,60") for name, text in DOCUMENTS.items()}
    with pytest.raises(UpdateFailed) as caught:
        put(changed)
    assert places(caught.value) == [("stock_document", 2, "document_key", "key_used")]
    before = posted(query)
    assert outcomes(put({"stock_document": "document_key\n"} | lines(), sync=True)) == {}
    assert posted(query) == before


def test_columns_that_a_document_needs_have_to_be_there(mill: None, put: Put) -> None:
    with pytest.raises(UpdateFailed) as caught:
        put({"stock_document": "record_date\n", "stock_document_line": "document_key\n"})
    assert places(caught.value) == [
        ("stock_document", 1, "document_key", "column_missing"),
        ("stock_document_line", 1, "warehouse_code", "column_missing"),
        ("stock_document_line", 1, "item_code", "column_missing"),
    ]


# --- what is refused -------------------------------------------------------------------------------------------------


def test_R8_one_refused_row_refuses_all(mill: None, put: Put, query: Query) -> None:
    before = shown(query)
    with pytest.raises(UpdateFailed) as caught:
        put(
            rows("item", "NUT,,,,,", "BOLT,,,,batch,", "NUT,,,,,")
            | rows("item_mrp_parameter", "NUT,automatic,purchase", "WIRE,automatic,purchase"),
            rows_per_call=1,
        )
    assert [str(row) for row in caught.value.rows] == [
        'item.csv:3:tracking: Column tracking: "batch" is not one of: none, lot.',
        'item.csv:4:item_code: item_code "NUT" stands on line 2 already',
        'item_mrp_parameter.csv:3:item_code: Column item_code: the company has no item "WIRE".',
    ]
    assert caught.value.message.endswith("it has 3 bad rows.")
    assert shown(query) == before


def test_partly_puts_what_is_good(mill: None, put: Put, query: Query) -> None:
    report = put(
        rows("item", "NUT,,,,,", "BOLT,,,,batch,", "NUT,Nut,,,,")
        | rows("production_order", "2026,8,,NUT,1,,,,", "2026,9,,NUT,1,,,,")
        | rows("production_order_phase", "2026,8,0,10,,,", "2026,9,0,10,,,", "2026,9,0,10,0,,"),
        partly=True,
    )
    assert outcomes(report) == {
        "item": {"created": 1, "refused": 2},
        "production_order": {"created": 1, "refused": 1},
    }
    assert [(row.file, row.line) for row in report.refused] == [
        ("item.csv", 3),
        ("item.csv", 4),
        ("production_order_phase.csv", 4),
    ]
    assert query("select order_number from erp_data.production_order where item_code = 'NUT'") == [(8,)]
    assert query("select count(*) from erp_data.item where item_code = 'NUT' and description = ''") == [(1,)]


def test_the_first_200_refusals_are_kept_and_the_others_counted(mill: None, put: Put) -> None:
    with pytest.raises(UpdateFailed) as caught:
        put({"item": "item_code,phantom\n" + "".join(f"I{number},perhaps\n" for number in range(301))})
    assert (len(caught.value.rows), caught.value.count) == (200, 301)


def test_a_dry_run_says_what_would_happen_and_changes_nothing(mill: None, put: Put, query: Query) -> None:
    before, runs = shown(query), query("select count(*) from erp.run")
    files = rows("item", "NUT,,,,,", "PAINT,,KG,,lot,") | rows("production_order", "2026,8,,NUT,1,,,,", "4")
    report = put(files, dry_run=True)
    assert outcomes(report) == {"item": {"created": 1, "changed": 1}, "production_order": {"created": 1}}
    assert (report.files["production_order"].unchanged, report.run_ids) == (1, [])
    with pytest.raises(UpdateFailed) as caught:
        put(files | rows("site", "NORTH,", ",South"), dry_run=True)
    assert outcomes(caught.value.report)["site"] == {"refused": 1}
    assert (shown(query), query("select count(*) from erp.run")) == (before, runs)


def test_R62_an_update_that_another_call_was_in_the_way_of_begins_again_and_claims(
    mill: None, put: Put, query: Query, writer: str, rilascio_database: str
) -> None:
    """It puts items before it deletes what nobody names, and others may wait for those items."""
    files = rows("item", "2", "3", "4", "5", "NEW,,,,,") | rows("item_location")
    with (
        psycopg.connect(writer) as other,
        psycopg.connect(rilascio_database, autocommit=True) as observer,
        ThreadPoolExecutor(1) as thread,
    ):
        other.execute(SQL("select * from erp_api.put_data(1, {})").format(Jsonb({"site": [{"site_code": "OSLO"}]})))
        sent = thread.submit(put, files, sync=True, delete_many=True)
        waiting = (
            "select query from pg_stat_activity where %s = any(pg_blocking_pids(pid)) and query like '%%claim_config%%'"
        )
        deadline = monotonic() + 30
        while not observer.execute(waiting, [other.info.backend_pid]).fetchall():
            assert not sent.done()
            assert monotonic() < deadline, "the second attempt never claimed"
        other.commit()
        report = sent.result(30)
    assert outcomes(report) == {"item": {"created": 1}, "item_location": {"deleted": 1}}
    assert query("select i.item_code from erp.item as i where i.item_code = 'NEW'") == [("NEW",)]


def test_R62_an_update_that_is_always_in_the_way_of_others_says_so(
    mill: None, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put_never(*arguments: Any) -> Iterator[int]:
        raise psycopg.errors.DeadlockDetected

    monkeypatch.setattr(company_update, "put_data", put_never)
    with pytest.raises(HarnessError, match="Nothing was changed"):
        put(rows("site", "WEST,"))


# --- sync ------------------------------------------------------------------------------------------------------------


def test_a_sync_deletes_what_the_files_that_are_there_lack(mill: None, put: Put, query: Query) -> None:
    files = {name: text for name, text in FACTORY.items() if name not in ("item_variant", "lot")}
    files |= rows("production_order", "2", "3") | rows("production_order_phase", "2", "3")
    files |= rows("production_order_material", "2", "3") | rows("job_order", "2") | rows("item_location")
    report = put(files, sync=True, delete_many=True, rows_per_call=2)
    assert outcomes(report) == {
        "production_order": {"deleted": 1},
        "job_order": {"deleted": 1},
        "item_location": {"deleted": 1},
    }
    assert query("select count(*) from erp_data.lot") == [(2,)]
    assert query("select order_number, order_lot from erp_data.production_order order by 1, 2") == [(1, 0), (1, 1)]
    assert outcomes(put(files, sync=True)) == {}


def test_a_sync_that_would_delete_much_stops(mill: None, put: Put, query: Query) -> None:
    put(rows("site", *(f"S{number}," for number in range(9))))
    before = shown(query)
    with pytest.raises(HarnessError) as caught:
        put(rows("site", "NORTH,", *(f"S{number}," for number in range(6))), sync=True)
    assert "lacks 3 of 10 rows of site.csv, which --sync would delete" in caught.value.message
    assert shown(query) == before
    assert outcomes(put(rows("site", "NORTH,", *(f"S{number}," for number in range(7))), sync=True)) == {
        "site": {"deleted": 2}
    }


def test_a_sync_that_may_not_delete_a_row_says_which(mill: None, put: Put, query: Query) -> None:
    with pytest.raises(UpdateFailed) as caught:
        put(rows("site") | rows("location", "2"), sync=True, delete_many=True)
    assert set(places(caught.value)) == {("site", None, None, "still_used"), ("location", None, None, "still_used")}
    told = [str(row) for row in caught.value.rows]
    assert told[0].startswith('site.csv: no row for site_code "NORTH", which is not deleted: It is still named by ')
    assert told[-1].startswith('location.csv: no row for warehouse_code "STEEL", location_code "A-02", which is not')


def test_a_sync_deletes_nothing_of_a_file_with_a_refused_row(mill: None, put: Put, query: Query) -> None:
    report = put(
        rows("job_order", "2026,7,NORTH", "2026,x,") | rows("item_location"), sync=True, partly=True, delete_many=True
    )
    assert outcomes(report) == {"job_order": {"refused": 1}, "item_location": {"deleted": 1}}
    assert report.kept == ["job_order"]
    assert query("select count(*) from erp_data.job_order") == [(2,)]


def test_R35_a_sync_leaves_remainders_of_splits_and_orders_that_are_not_launched(
    rilascio_database: str, writer: str, put: Put, query: Query
) -> None:
    load(rilascio_database, demo_folder(), members=[str(conninfo_to_dict(writer)["user"])])
    query(
        "select erp_api.release_production_orders(company_id, array_agg(order_id order by order_number),"
        " p_record_date => '2026-11-23', p_on_shortage => 'split') from erp_api.release_grid group by company_id"
    )
    assert query("select order_lot, status from erp_data.production_order where order_number = 173 order by 1") == [
        (0, "executive"),
        (1, "launched"),
    ]
    numbers = query(
        "select order_year, order_number, order_lot from erp_data.production_order where order_number <> 173"
        " and order_id <> (select min(order_id) from erp_data.production_order where status = 'launched')"
    )
    text = "order_year,order_number,order_lot\n" + "".join(f"{y},{n},{lot}\n" for y, n, lot in numbers)
    report = put({"production_order": text}, sync=True)
    assert outcomes(report) == {"production_order": {"deleted": 1}}
    assert query("select count(*) from erp_data.production_order where order_number = 173") == [(2,)]
