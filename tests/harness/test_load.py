"""A folder of CSV files becomes a company: every row, all or nothing (rules, section 12)."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from rilascio.errors import HarnessError, RecordProtected
from rilascio.folders import demo_folder
from rilascio.loading import LoadFailed, load
from rilascio.loading.files import FILES
from rilascio.testing import acting_as
from tests.sessions import no_session_remains

FACTORY = {
    "company": 'company_code,description,period_start,period_end\nMILL,"Mill, ""Old"" & Sons",2026-01-01,2026-12-31\n',
    "site": "site_code,description\nNORTH,\n",
    "warehouse": "warehouse_code,site_code,check_location,valid_until\nSTEEL,NORTH,true,\nYARD,,,2030-01-31\n",
    "location": "warehouse_code,location_code,blocked\nSTEEL,A-01,\nSTEEL,A-02,true\n",
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
    "opening_stock": (
        "warehouse_code,item_code,variant_code,lot_code,location_code,quantity,record_date,reason_code\n"
        "YARD,BOLT,,,,5,2026-02-01,IN2\n"
        "STEEL,BOLT,,,A-01,100.00,2026-02-01,IN\n"
        "STEEL,BOLT,,,A-01,100.00,2026-02-01,\n"
        "YARD,PAINT,,P1,,2,2026-02-01,IN\n"
        "YARD,PAINT,RED,P1,,3,2026-02-01,IN2\n"
        "STEEL,BOLT,,,,1,2026-02-02,IN\n"
    ),
    "job_order": "job_year,job_number,site_code\n2026,7,NORTH\n2026,8,\n",
    "production_order": (
        "order_year,order_number,order_lot,item_code,quantity,job_year,job_number,firm,load_warehouse_code\n"
        "2026,1,,GATE,2.50,2026,7,Officine Älba,\n2026,1,1,GATE,4,,,,YARD\n"
    ),
    "production_order_phase": (
        "order_year,order_number,order_lot,phase,sub_phase,machine_site_code,productive\n"
        "2026,1,0,10,,NORTH,false\n2026,1,0,10,1,,\n"
    ),
    "production_order_material": (
        "order_year,order_number,line,item_code,variant_code,unit_quantity,phase,warehouse_code,reason_code,location_code\n"
        "2026,1,1,BOLT,,8.000,10,STEEL,OUT,A-02\n2026,1,2,PAINT,RED,-0.5,,,,\n"
    ),
    "material_lot": "order_year,order_number,line,lot_code,quantity\n2026,1,2,P1,0.25\n",
}
SMALLEST = {"company": FACTORY["company"]}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Give a function that writes files, by name without ending, into a new folder and returns it."""
    numbers = iter(range(100))

    def write_folder(files: dict[str, str | bytes]) -> Path:
        folder = tmp_path / f"folder{next(numbers)}"
        folder.mkdir()
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            (folder / (name if "." in name else f"{name}.csv")).write_bytes(data)
        return folder

    return write_folder


@pytest.fixture
def query(rilascio_database: str) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    """Give a function that runs a statement as superuser and returns its rows."""
    with psycopg.connect(rilascio_database, autocommit=True) as connection:

        def rows(text: str) -> list[tuple[Any, ...]]:
            cursor = connection.execute(text.encode())
            return cursor.fetchall() if cursor.description else []

        yield rows


# --- a good folder ---------------------------------------------------------------------------------------------------


@pytest.fixture
def loaded(rilascio_database: str, write: Callable[..., Path]) -> Any:
    return load(rilascio_database, write(FACTORY))


def test_the_report_counts_the_rows_of_each_file(loaded: Any) -> None:
    assert loaded.company_code == "MILL"
    assert loaded.rows == {
        name: len(text.splitlines()) - 1 - (name == "item")  # one description runs over two lines
        for name, text in FACTORY.items()
    }
    assert loaded.seconds > 0


def test_texts_keep_quotes_newlines_and_every_alphabet(loaded: Any, query: Callable[..., Any]) -> None:
    assert query("select description from erp.company") == [('Mill, "Old" & Sons',)]
    assert query("select item_code, description from erp.item order by 1") == [
        ("BOLT", "Bolt\nM8, zinc"),
        ("GATE", 'Cancello "Ä"'),
        ("PAINT", "Lack weiß 漆"),
    ]


def test_an_empty_cell_takes_the_default_of_the_table(loaded: Any, query: Callable[..., Any]) -> None:
    columns = "uom, quantity_decimals, tracking, lot_policy, phantom"
    assert query(f"select {columns} from erp.item where item_code = 'GATE'") == [("PC", 3, "none", "fifo", False)]
    assert query("select wip_management, over_production_percent from erp.production_parameter") == [(False, 0)]
    assert query("select sellable, closed, state from erp.lot where item_variant_id is null") == [
        (True, False, "available")
    ]
    assert query("select order_lot, status, level, firm from erp.production_order order by 1") == [
        (0, "launched", 1, "Officine Älba"),
        (1, "launched", 1, None),
    ]
    assert query("select phase, sub_phase, productive, movable from erp.production_order_phase order by 2") == [
        (10, 0, False, True),
        (10, 1, True, True),
    ]


def test_codes_become_references(loaded: Any, query: Callable[..., Any]) -> None:
    assert query(
        """
        select m.line, i.item_code, v.variant_code, m.unit_quantity, m.phase, m.sub_phase, w.warehouse_code,
            r.reason_code, l.location_code
        from erp.production_order_material as m
            join erp.production_order as o using (company_id, production_order_id)
            join erp.item as i on i.company_id = m.company_id and i.item_id = m.item_id
            left join erp.item_variant as v
                on v.company_id = m.company_id and v.item_variant_id = m.item_variant_id
            left join erp.warehouse as w on w.company_id = m.company_id and w.warehouse_id = m.warehouse_id
            left join erp.movement_reason as r
                on r.company_id = m.company_id and r.movement_reason_id = m.movement_reason_id
            left join erp.location as l on l.company_id = m.company_id and l.location_id = m.location_id
        where o.order_year = 2026 and o.order_number = 1 and o.order_lot = 0
        order by m.line"""
    ) == [
        (1, "BOLT", None, Decimal("8.000"), 10, 0, "STEEL", "OUT", "A-02"),
        (2, "PAINT", "RED", Decimal("-0.5"), None, None, None, None, None),
    ]
    assert query(
        """
        select c.warehouse_code, d.reason_code, l.location_code
        from erp.movement_reason as r
            join erp.warehouse as c on c.warehouse_id = r.counterpart_warehouse_id
            join erp.movement_reason as d on d.movement_reason_id = r.counterpart_movement_reason_id
            join erp.location as l on l.location_id = r.default_location_id"""
    ) == [("YARD", "IN", "A-01")]
    assert query(
        """
        select u.level, s.site_code, i.item_code, u.semi_finished_issue_movement_reason_id is not null
        from erp.warehouse_rule as u left join erp.site as s using (company_id, site_id)
            left join erp.item as i using (company_id, item_id)
        order by u.level"""
    ) == [("company", None, None, False), ("item", None, "BOLT", False), ("site", "NORTH", None, True)]


def test_a_lot_of_a_material_is_the_lot_of_its_variant(loaded: Any, query: Callable[..., Any]) -> None:
    assert query(
        """
        select m.line, v.variant_code, l.lot_code, m.quantity
        from erp.material_lot as m join erp.lot as l using (company_id, item_id, lot_id)
            left join erp.item_variant as v using (company_id, item_id, item_variant_id)"""
    ) == [(2, "RED", "P1", Decimal("0.25"))]


def test_quantities_keep_their_scale(loaded: Any, query: Callable[..., Any]) -> None:
    assert query("select quantity::text from erp.production_order order by order_lot") == [("2.50",), ("4",)]
    assert query("select unit_quantity::text from erp.production_order_material where line = 1") == [("8.000",)]


def test_opening_stock_is_one_load_record_per_warehouse_date_and_reason_numbered_by_day(
    loaded: Any, query: Callable[..., Any]
) -> None:
    first, second = datetime.date(2026, 2, 1), datetime.date(2026, 2, 2)
    assert query(
        """
        select w.warehouse_code, r.record_date, n.reason_code, r.record_number, m.line, i.item_code, m.quantity
        from erp.stock_record as r
            join erp.warehouse as w using (company_id, warehouse_id)
            join erp.movement_reason as n using (company_id, warehouse_id, movement_reason_id)
            join erp.stock_movement as m using (company_id, record_date, stock_record_id)
            join erp.item as i on i.item_id = m.item_id
        where r.run_id = (select run_id from erp.run where kind = 'load') and r.production_order_id is null
        order by 1, 2, 4, 5"""
    ) == [
        ("STEEL", first, "IN", 1, 1, "BOLT", 100),
        ("STEEL", first, "IN", 1, 2, "BOLT", 100),
        ("STEEL", second, "IN", 1, 1, "BOLT", 1),
        ("YARD", first, "IN2", 1, 1, "BOLT", 5),
        ("YARD", first, "IN2", 1, 2, "PAINT", 3),
        ("YARD", first, "IN", 2, 1, "PAINT", 2),
    ]
    assert query(
        """
        select w.warehouse_code, c.record_date, c.last_number
        from erp.stock_record_counter as c join erp.warehouse as w using (company_id, warehouse_id) order by 1, 2"""
    ) == [("STEEL", first, 1), ("STEEL", second, 1), ("YARD", first, 2)]


def test_R61_a_load_is_a_run_that_tells_who_loaded_what_and_when(
    rilascio_login: Callable[..., str], query: Callable[..., Any], write: Callable[..., Path]
) -> None:
    """Its digest is the one that `sha256sum *.csv | sha256sum` gives."""
    dsn = rilascio_login("erp_owner")
    folder = write(FACTORY | {"README.md": "no file of ours"})
    named = psycopg.conninfo.make_conninfo(dsn, application_name="nightly", options="-c erp.actor=anna")
    report = load(named, folder, note="from the old system")
    name = psycopg.conninfo.conninfo_to_dict(dsn)["user"]
    digests = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.glob("*.csv"))
    )
    arguments = {
        "folder": folder.name,
        "counts": report.rows,
        "sha256": hashlib.sha256(digests.encode()).hexdigest(),
    }
    with psycopg.connect(dsn) as connection:
        columns = "run_id, kind, session_role, caller_role, application_name, actor, note, arguments, order_count"
        (told,) = connection.execute(f"select {columns}, started_at <= now() from erp_api.run_history").fetchall()
    answer = (report.run_id, "load", name, name, "nightly", "anna", "from the old system", arguments, 0)
    assert told == (*answer, True)
    assert query("select distinct created_by, changed_by from erp.production_order") == [(name, name)]
    assert query("select ordinal, kind, place, key, outcome, record_count, movement_count from erp.run_row") == [
        (place, "opening_stock", place, {"warehouse_code": at, "record_date": on, "reason_code": why}, "posted", 1, n)
        for place, (at, on, why, n) in enumerate(
            [
                ("YARD", "2026-02-01", "IN2", 2),
                ("STEEL", "2026-02-01", "IN", 2),
                ("YARD", "2026-02-01", "IN", 1),
                ("STEEL", "2026-02-02", "IN", 1),
            ],
            1,
        )
    ]


def test_R37_the_history_of_movements_is_complete_from_the_first_day(
    rilascio_database: str, write: Callable[..., Path]
) -> None:
    report = load(rilascio_database, write(FACTORY), members=["erp_operator"])
    columns = "warehouse_code, record_date, record_number, line, item_code, variant_code, lot_code, quantity, run_id"
    with psycopg.connect(rilascio_database) as connection, acting_as(connection, "erp_operator"):
        history = connection.execute(
            f"select {columns} from erp_api.movement_history where in_force order by 1, 2, 3, 4".encode()
        ).fetchall()
        assert {row[-1] for row in history} == {report.run_id}
        in_force = f"select {columns} from erp_data.stock_movement order by 1, 2, 3, 4"
        assert connection.execute(in_force.encode()).fetchall() == history
        assert len(history) == report.rows["opening_stock"]


def test_R34_release_and_restore_leave_a_loaded_company_as_it_was_and_nothing_is_found_in_it(
    rilascio_database: str,
) -> None:
    report = load(rilascio_database, demo_folder(), members=["erp_operator"])
    with psycopg.connect(rilascio_database, autocommit=True) as connection, acting_as(connection, "erp_operator"):

        def ask(query: str) -> list[Any]:
            cursor = connection.execute(query.encode(), {"company": report.company_id})
            return [value for (value,) in cursor]

        def situation() -> list[list[str]]:
            shown = "select (to_jsonb(v) - 'changed_at' - 'changed_by')::text from erp_data.{} as v {} order by 1"
            return [
                ask(shown.format("production_order", "")),
                ask(shown.format("stock_movement", "")),
                ask(shown.format("stock_balance", "")),
            ]

        orders = "(select array_agg(order_id) from erp_data.production_order where status = '{}')"
        release = f"select outcome from erp_api.release_production_orders(%(company)s, {orders.format('launched')})"
        restore = (
            "select outcome from erp_api.restore_production_orders("
            "%(company)s, (select array_agg(order_id) from erp_api.run_order_history where outcome = 'released'))"
        )
        before = situation()
        assert ask(release).count("released") > 50
        assert situation() != before
        assert set(ask(restore)) == {"restored"}
        assert situation() == before
        assert ask("select code from erp_api.check_integrity(%(company)s)") == []


@pytest.mark.parametrize(
    "manual_change",
    [
        "update erp.stock_record set movement_reason_id = movement_reason_id",
        "update erp.stock_record set run_id = null",
        "delete from erp.stock_movement",
        "update erp.stock_movement set quantity = quantity + 1",
        "insert into erp.stock_movement"
        " (company_id, record_date, stock_record_id, line, warehouse_id, item_id, quantity)"
        " select company_id, record_date, stock_record_id, line + 10, warehouse_id, item_id, 1 from erp.stock_movement",
        "update erp.run_row set movement_count = 0",
        "delete from erp.run_row",
        "update erp.run set note = 'mine'",
    ],
)
def test_R20_what_a_load_brought_in_is_not_changed_by_hand(
    rilascio_database: str, query: Callable[..., Any], write: Callable[..., Path], manual_change: str
) -> None:
    load(rilascio_database, write(FACTORY))
    with pytest.raises(RecordProtected) as error:
        query(f"set role erp_owner; {manual_change}")
    hint = error.value.diag.message_hint or ""
    assert "What a first load brought in stays" in hint or "insert" in manual_change or "erp.run" in manual_change
    query("reset role")
    assert query("select count(*), sum(quantity) from erp.stock_movement") == [(6, 211)]


def test_the_balance_is_the_sum_of_the_loaded_movements(loaded: Any, query: Callable[..., Any]) -> None:
    key = "company_id, warehouse_id, item_id, item_variant_id, lot_id, location_id"
    sums = query(f"select {key}, sum(quantity) from erp.stock_movement group by {key} order by {key}")
    assert len(sums) == 5
    assert query(f"select {key}, on_hand from erp.stock_balance where on_hand <> 0 order by {key}") == sums


def test_R50_job_orders_have_their_state_right_after_loading(loaded: Any, query: Callable[..., Any]) -> None:
    assert query("select job_number, status from erp.job_order order by 1") == [(7, "launched"), (8, "scheduled")]


def test_who_loads_becomes_a_member_and_so_do_the_roles_named(
    rilascio_login: Callable[..., str], query: Callable[..., Any], write: Callable[..., Path]
) -> None:
    dsn = rilascio_login("erp_owner")
    load(dsn, write(FACTORY), members=["erp_operator", "erp_operator"])
    name = psycopg.conninfo.conninfo_to_dict(dsn)["user"]
    assert query("select member_role from erp.company_member order by 1") == sorted([(name,), ("erp_operator",)])


def test_a_company_alone_is_a_folder_and_a_header_alone_is_a_file(
    rilascio_database: str, write: Callable[..., Path]
) -> None:
    files = SMALLEST | {"item": "item_code\n", "README.md": "no file of ours", ".old.csv": "hidden"}
    assert load(rilascio_database, write(files)).rows == {"company": 1, "item": 0}


@pytest.mark.parametrize("rows_per_call", [1, 3])
def test_a_load_in_many_calls_equals_one_in_few(
    rilascio_database: str, query: Callable[..., Any], write: Callable[..., Path], rows_per_call: int
) -> None:
    load(rilascio_database, write(FACTORY))
    few = everything(query, "MILL")
    twin = load(
        rilascio_database,
        write(FACTORY | {"company": FACTORY["company"].replace("MILL", "TWIN")}),
        rows_per_call=rows_per_call,
    )
    assert twin.rows["opening_stock"] == 6
    assert everything(query, "TWIN") == few


def everything(query: Callable[..., Any], company: str) -> dict[str, Any]:
    """Return what the files say of a company, the movements of its stock, and what it has on hand."""
    of_company = f"company_id = (select c.company_id from erp.company as c where c.company_code = '{company}')"
    columns = {file.name: [column.name for column in file.columns[file.name == "company" :]] for file in FILES}
    columns["stock_movement"] = ["record_number", "line", *columns.pop("opening_stock")]
    columns["stock_balance"] = ["warehouse_code", "item_code", "variant_code", "lot_code", "location_code", "quantity"]
    return {
        name: query(f"select {', '.join(names)} from erp_data.{name} where {of_company} order by {', '.join(names)}")
        for name, names in columns.items()
    }


def test_a_load_finds_the_orders_of_its_earlier_calls_by_their_keys(
    rilascio_database: str, query: Callable[..., Any], write: Callable[..., Path]
) -> None:
    """No statistics tell of them before it ends, so plans could take them for few and read them all each time."""
    orders = 400
    lines = [f"2026,{number},GATE,1\n" for number in range(1, orders + 1)]
    materials = [f"2026,{number},{line},BOLT,1\n" for number in range(1, orders + 1) for line in (1, 2)]
    files = {name: text for name, text in FACTORY.items() if not name.startswith(("production", "material"))} | {
        "production_order": "order_year,order_number,item_code,quantity\n" + "".join(lines),
        "production_order_material": "order_year,order_number,line,item_code,unit_quantity\n" + "".join(materials),
    }
    load(rilascio_database, write(files), rows_per_call=30)
    assert no_session_remains(rilascio_database)
    ((read,),) = query(
        "select sum(coalesce(s.idx_tup_fetch, 0) + s.seq_tup_read) from pg_stat_user_tables as s"
        " where s.relname in ('production_order', 'production_order_material')"
    )
    assert orders <= read < 30 * orders


def test_a_session_without_row_security_loads_too(rilascio_database: str, write: Callable[..., Path]) -> None:
    dsn = psycopg.conninfo.make_conninfo(rilascio_database, options="-c row_security=off")
    assert load(dsn, write(FACTORY)).rows["opening_stock"] == 6


def test_a_second_company_may_use_the_same_codes(
    rilascio_database: str, query: Callable[..., Any], write: Callable[..., Path]
) -> None:
    load(rilascio_database, write(FACTORY))
    load(rilascio_database, write(FACTORY | {"company": FACTORY["company"].replace("MILL", "mill")}))
    assert query("select count(distinct company_id), count(*) from erp.production_order") == [(2, 4)]


def test_line_ends_of_windows_and_empty_lines_are_no_fault(rilascio_database: str, write: Callable[..., Path]) -> None:
    files = SMALLEST | {"item": "item_code,description\r\nA,first\r\n\r\nB,second\r\n\n"}
    assert load(rilascio_database, write(files)).rows["item"] == 2


def test_a_folder_that_a_spreadsheet_wrote_is_loaded(
    rilascio_database: str, query: Callable[..., Any], write: Callable[..., Path]
) -> None:
    written = {
        "item": 'item_code;description;phantom\r\nNUT;Nut;TRUE\r\nBOLT;"Bolt, ""M8""; zinc";False\r\n;;\r\n;;\r\n',
        "production_order": (
            "order_year;order_number;item_code;quantity\r\n2026;1;NUT;2,50\r\n2026;2;NUT;0.125\r\n"
            "2026;3;NUT;1,234\r\n2026;4;NUT;4\r\n;;;\r\n;\r\n\r\n"
        ),
    }
    files = {name: b"\xef\xbb\xbf" + text.encode() for name, text in written.items()}
    report = load(rilascio_database, write(SMALLEST | files))
    assert report.rows == {"company": 1, "item": 2, "production_order": 4}
    assert report.separators == {"company": ",", "item": ";", "production_order": ";"}
    assert report.skipped == {}
    assert query("select item_code, description, phantom from erp.item order by 1") == [
        ("BOLT", 'Bolt, "M8"; zinc', False),
        ("NUT", "Nut", True),
    ]
    assert query("select quantity::text from erp.production_order order by order_number") == [
        ("2.50",),
        ("0.125",),
        ("1.234",),
        ("4",),
    ]


def test_the_separator_is_that_of_the_header_whatever_stands_in_the_rows(
    rilascio_database: str, query: Callable[..., Any], write: Callable[..., Path]
) -> None:
    files = {"site": "site_code,description\nN,a;b;c\n", "item": '"item_code";description\nA;b,c,d\n'}
    report = load(rilascio_database, write(SMALLEST | files))
    assert report.separators == {"company": ",", "site": ",", "item": ";"}
    assert query("select description from erp.site union all select description from erp.item") == [
        ("a;b;c",),
        ("b,c,d",),
    ]


def test_rows_of_opening_stock_with_nothing_in_stock_are_skipped_and_counted(
    rilascio_database: str, query: Callable[..., Any], write: Callable[..., Path]
) -> None:
    """Nothing else of them is checked: an item with lots has none, a row without stock no date."""
    zeros = "YARD,PAINT,,,,0,,\nNOWHERE,BOLT,,,,0.000,2026-02-01,IN\nYARD,BOLT,,,,-.0,2026-02-01,IN2\n"
    files = FACTORY | {"opening_stock": FACTORY["opening_stock"] + zeros}
    report = load(rilascio_database, write(files))
    assert (report.rows["opening_stock"], report.skipped) == (6, {"opening_stock": 3})
    assert query("select count(*), count(*) filter (where quantity = 0) from erp.stock_movement") == [(6, 0)]


def test_opening_stock_of_nothing_but_zeros_is_no_record(
    rilascio_database: str, query: Callable[..., Any], write: Callable[..., Path]
) -> None:
    zeros = "warehouse_code;item_code;quantity;record_date\nSTEEL;BOLT;0,00;2026-02-01\n"
    report = load(rilascio_database, write(FACTORY | {"opening_stock": zeros}))
    assert (report.rows["opening_stock"], report.skipped) == (0, {"opening_stock": 1})
    assert query("select count(*) from erp.stock_record") == [(0,)]


def test_loading_does_not_check_what_release_checks(rilascio_database: str, write: Callable[..., Path]) -> None:
    changed = {
        "warehouse_rule": (
            "level,section,warehouse_code,issue_reason_code,load_reason_code\ncompany,raw_material,STEEL,IN,OUT\n"
        ),
        "opening_stock": (
            "warehouse_code,item_code,lot_code,location_code,quantity,record_date,reason_code\n"
            "STEEL,BOLT,,A-02,1,2099-12-31,IN\nYARD,PAINT,P1,,1,1999-01-01,IN\n"
        ),
        "material_lot": "order_year,order_number,line,lot_code,quantity\n2026,1,2,P1,99999\n",
    }
    load(rilascio_database, write(FACTORY | changed))


def test_progress_tells_the_steps(rilascio_database: str, write: Callable[..., Path]) -> None:
    steps: list[tuple[str, int, int]] = []
    load(rilascio_database, write(FACTORY), progress=lambda *step: steps.append(step))
    assert [*dict.fromkeys(step for step, _, _ in steps)] == [
        *(f"{name}.csv" for name in FACTORY),
        "loading",
    ]
    assert all(0 <= done <= whole for _, done, whole in steps)
    assert {step for step, done, whole in steps if done == whole} == {step for step, _, _ in steps}


# --- what cannot be loaded at all ------------------------------------------------------------------------------------


def test_a_folder_that_is_not_there_or_holds_nothing_is_told(rilascio_database: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.csv").write_text("")
    for name, sentence in {
        "gone": "does not exist",
        "empty": "holds no CSV file",
        "file.csv": "is not a folder",
    }.items():
        with pytest.raises(HarnessError, match=sentence):
            load(rilascio_database, tmp_path / name)


def test_an_unknown_member_is_told(
    rilascio_database: str, query: Callable[..., Any], write: Callable[..., Path]
) -> None:
    with pytest.raises(HarnessError, match="no role ghost"):
        load(rilascio_database, write(FACTORY), members=["ghost"])
    assert query("select count(*) from erp.company") == [(0,)]


def test_a_role_that_may_not_load_is_told(rilascio_login: Callable[..., str], write: Callable[..., Path]) -> None:
    with pytest.raises(HarnessError, match="may not load") as caught:
        load(rilascio_login("erp_operator"), write(FACTORY))
    assert caught.value.hint is not None
    assert "grant erp_owner" in caught.value.hint


def test_a_database_without_rilascio_and_one_that_is_not_there_are_told(
    rilascio_database: str, query: Callable[..., Any], write: Callable[..., Path]
) -> None:
    query("drop schema erp cascade")
    with pytest.raises(HarnessError, match="holds no rilascio"):
        load(rilascio_database, write(FACTORY))
    with pytest.raises(HarnessError, match="does not exist"):
        load(psycopg.conninfo.make_conninfo(rilascio_database, dbname="no_such_database"), write(FACTORY))


def test_a_constraint_that_still_fires_is_a_sentence_and_nothing_stays(
    rilascio_database: str, query: Callable[..., Any], write: Callable[..., Path]
) -> None:
    query("alter table erp.material_lot add constraint never check (quantity > 1)")
    with pytest.raises(HarnessError, match=r"^Nothing was loaded: .*never") as caught:
        load(rilascio_database, write(FACTORY))
    assert not isinstance(caught.value, LoadFailed)
    assert query("select count(*) from erp.company") == [(0,)]
