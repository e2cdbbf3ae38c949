"""Broken files: every bad row is reported with file, line, column and reason, and nothing is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from rilascio.loading import CODES, SHOWN, LoadFailed, load
from rilascio.loading.sent_rows import ROWS_PER_CALL

GOOD: dict[str, str | bytes] = {
    "company": "company_code,period_start,period_end\nMILL,2026-01-01,2026-12-31\n",
    "site": "site_code\nNORTH\n",
    "warehouse": "warehouse_code\nSTEEL\nYARD\n",
    "location": "warehouse_code,location_code\nSTEEL,A-01\n",
    "movement_reason": "warehouse_code,reason_code,direction\nSTEEL,IN,load\nSTEEL,OUT,issue\nYARD,OUT,issue\n",
    "item": "item_code,tracking\nBOLT,\nGATE,\nPAINT,lot\n",
    "item_variant": "item_code,variant_code\nPAINT,RED\nGATE,BIG\n",
    "lot": "item_code,variant_code,lot_code\nPAINT,,P1\nPAINT,RED,P2\n",
    "job_order": "job_year,job_number\n2026,7\n",
    "production_order": "order_year,order_number,item_code,quantity\n2026,1,GATE,2\n",
    "production_order_phase": "order_year,order_number,phase\n2026,1,10\n",
    "production_order_material": (
        "order_year,order_number,line,item_code,variant_code,unit_quantity\n"
        "2026,1,1,BOLT,,8\n2026,1,2,PAINT,,1\n2026,1,3,PAINT,RED,1\n"
    ),
}
GOOD_ORDER = str(GOOD["production_order"])
RULE = "level,site_code,item_code,section,warehouse_code,issue_reason_code,semi_finished_issue_reason_code\n"
STOCK = "warehouse_code,item_code,variant_code,lot_code,location_code,quantity,record_date,reason_code\n"
ORDER = "order_year,order_number,order_lot,item_code,quantity,status,level,start_date,job_year,job_number\n"
MATERIAL = (
    "order_year,order_number,line,item_code,unit_quantity,phase,sub_phase,warehouse_code,reason_code,location_code\n"
)
LOCATION = "warehouse_code,location_code,blocked\n"
LOT = "order_year,order_number,line,lot_code,quantity\n"
Place = tuple[str, int | None, str | None, str]


@pytest.fixture(scope="module")
def refuse(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., LoadFailed]:
    """Give a function that loads the good files with some changed (None: left out) and returns how that failed."""

    def failed(dsn: str, changed: dict[str, str | bytes | None], rows_per_call: int = ROWS_PER_CALL) -> LoadFailed:
        folder = tmp_path_factory.mktemp("folder")
        for name, content in (GOOD | changed).items():
            if content is not None:
                data = content if isinstance(content, bytes) else content.encode()
                (folder / (name if "." in name else f"{name}.csv")).write_bytes(data)
        with pytest.raises(LoadFailed) as caught:
            load(dsn, folder, rows_per_call=rows_per_call)
        assert {row.code for row in caught.value.rows} <= CODES.keys()
        return caught.value

    return failed


@pytest.fixture
def untouched(rilascio_database: str) -> Iterator[str]:
    """Give the database, and see afterwards that no table of it has a row."""
    yield rilascio_database
    with psycopg.connect(rilascio_database) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'erp'").fetchall()
        assert tables
        for (table,) in tables:
            rows = connection.execute(sql.SQL("select 1 from {} limit 1").format(sql.Identifier("erp", table)))
            assert rows.fetchall() == [], table


def _places(failed: LoadFailed) -> list[Place]:
    return [(row.file.removesuffix(".csv"), row.line, row.column, row.code) for row in failed.rows]


# Each case: the files changed, and every bad row that must be told, no other.
CASES: dict[str, tuple[dict[str, str | bytes | None], list[Place]]] = {
    # the files
    "no company file": ({"company": None}, [("company", None, None, "file_missing")]),
    "a company file with a header alone": (
        {"company": "company_code,period_start,period_end\n"},
        [("company", None, None, "one_company")],
    ),
    "a company without its code": (
        {"company": "description,period_start,period_end\na,2026-01-01,2026-12-31\n"},
        [("company", 1, "company_code", "column_missing")],
    ),
    "two companies": (
        {"company": str(GOOD["company"]) + "OTHER,2026-01-01,2026-12-31\n"},
        [("company", 3, "company_code", "one_company")],
    ),
    "a file of what moved since": (
        {"stock_document": "document_key\n"},
        [("stock_document", None, None, "file_later")],
    ),
    "a misspelt file": ({"items": "item_code\n"}, [("items", None, None, "file_unknown")]),
    "a file in capitals": ({"ITEM.CSV": "item_code\n"}, [("ITEM.CSV", None, None, "file_unknown")]),
    "an empty file": ({"site": ""}, [("site", 1, None, "file_empty")]),
    "a file of empty lines": ({"site": "\n\n"}, [("site", 1, None, "file_empty")]),
    "a byte-order mark and no more": ({"site": b"\xef\xbb\xbf"}, [("site", 1, None, "file_empty")]),
    "a byte-order mark below the first line": (
        {
            "site": b"site_code\nNORTH\n\xef\xbb\xbfSOUTH\n",
            "job_order": "job_year,job_number,site_code\n2026,7,SOUTH\n",
        },
        [("job_order", 2, "site_code", "unknown_reference")],
    ),
    "UTF-16": ({"site": "site_code\nNORTH\n".encode("utf-16")}, [("site", 1, None, "not_utf8")]),
    "bad bytes": (
        {"site": b"site_code,description\nNORTH,Stra\xdfe\nSOUTH,ok\n\xe9,two \xff\n"},
        [
            ("site", 2, "description", "not_utf8"),
            ("site", 4, "site_code", "not_utf8"),
            ("site", 4, "description", "not_utf8"),
        ],
    ),
    "a bad byte below a quoted newline": (
        {"site": b'site_code,description\nNORTH,"one\ntwo"\nSOUTH,"one\n\xff"\n'},
        [("site", 5, "description", "not_utf8")],
    ),
    "a null character": (
        {"site": b"site_code,description\nNORTH,a\0b\n"},
        [("site", 2, "description", "null_character")],
    ),
    # header and rows
    "a missing column": (
        {"item_mrp_parameter": "item_code,picking_type\nBOLT,automatic\n"},
        [("item_mrp_parameter", 1, "procurement_type", "column_missing")],
    ),
    "an unknown and a repeated column": (
        {"site": "site_code,descripton,site_code\nNORTH,a,b\n"},
        [("site", 1, "descripton", "column_unknown"), ("site", 1, "site_code", "column_repeated")],
    ),
    "another separator": ({"site": "site_code\tdescription\nNORTH\ta\n"}, [("site", 1, None, "column_unknown")]),
    "two separators": (
        {"site": "site_code;description,\nNORTH;a\n"},
        [
            ("site", 1, "site_code;description", "column_unknown"),
            ("site", 1, "", "column_unknown"),
            ("site", 1, "site_code", "column_missing"),
        ],
    ),
    "too few and too many values": (
        {"site": "site_code,description\nNORTH\nSOUTH,b\nEAST,c,d\n"},
        [("site", 2, None, "field_count"), ("site", 4, None, "field_count")],
    ),
    "a quote that does not end": ({"site": 'site_code\nNORTH\n"SOUTH\nEAST\n'}, [("site", 3, None, "bad_quoting")]),
    "a quote within quotes": (
        {"site": 'site_code,description\nNORTH,"a "b" c"\nSOUTH,\n'},
        [("site", 2, None, "bad_quoting")],
    ),
    "line ends of old": ({"site": "site_code\rNORTH\rSOUTH\r"}, [("site", 1, None, "bad_quoting")]),
    "a fault below a quoted newline": (
        {"site": None, "location": 'warehouse_code,location_code,blocked\nSTEEL,"A\n01",\nSTEEL,A-02,maybe\n'},
        [("location", 4, "blocked", "bad_boolean")],
    ),
    # cells
    "empty required values": (
        {"item_mrp_parameter": "item_code,picking_type,procurement_type\n,,\nBOLT,automatic,purchase\nGATE,,\n"},
        [
            ("item_mrp_parameter", 2, "item_code", "value_required"),
            ("item_mrp_parameter", 4, "picking_type", "value_required"),
            ("item_mrp_parameter", 4, "procurement_type", "value_required"),
        ],
    ),
    "booleans": (
        {
            "location": "warehouse_code,location_code,blocked\nSTEEL,A-01,TRUE\nSTEEL,A-02,1\nSTEEL,A-03,true\n"
            "STEEL,A-04,VERO\nSTEEL,A-05,t\nSTEEL,A-06,True\nSTEEL,A-07,trues\n"
        },
        [("location", line, "blocked", "bad_boolean") for line in (3, 5, 6, 8)],
    ),
    "dates": (
        {
            "warehouse": "warehouse_code,valid_until\n"
            "STEEL,2028-02-29\nYARD,2026-02-30\nA,infinity\nB,2026-2-1\nC,01/02/2026\nD,0000-01-01\n"
            "E,2026-01-01 10:00\nF,2026-13-01\nG,2027-02-29\n"
        },
        [("warehouse", line, "valid_until", "bad_date") for line in range(3, 11)],
    ),
    "whole numbers": (
        {
            "production_order": ORDER + "2026,1,,GATE,2,,,,,\n2026.0,2,,GATE,2,,,,,\n2026,x,,GATE,2,,,,,\n"
            "2026,99999999999,,GATE,2,,,,,\n2026,4,-1,GATE,2,,,,,\n2026,5,,GATE,2,,0,,,\n"
            + f"2026,{'9' * 600},,GATE,2,,,,,\n"
        },
        [
            ("production_order", 3, "order_year", "bad_integer"),
            ("production_order", 4, "order_number", "bad_integer"),
            ("production_order", 5, "order_number", "out_of_range"),
            ("production_order", 6, "order_lot", "out_of_range"),
            ("production_order", 7, "level", "out_of_range"),
            ("production_order", 8, "order_number", "out_of_range"),
        ],
    ),
    "lines begin at 1": (
        {
            "production_order_material": MATERIAL + "2026,1,0,PAINT,1,,,,,\n2026,1,-1,BOLT,1,,,,,\n",
            "material_lot": LOT + "2026,1,0,P1,1\n",
        },
        [
            ("production_order_material", 2, "line", "out_of_range"),
            ("production_order_material", 3, "line", "out_of_range"),
        ],
    ),
    "numbers": (
        {
            "production_order": ORDER
            + "".join(
                f'2026,{number},,GATE,"{text}",,,,,\n'
                for number, text in enumerate(
                    ["2", "NaN", "Infinity", "1e3", "1,5", "0x1F", "1_000", " 1", "0", "-1", "1000000000000000", ".5"],
                    1,
                )
            )
        },
        [
            *(("production_order", line, "quantity", "bad_number") for line in range(3, 10)),
            *(("production_order", line, "quantity", "out_of_range") for line in range(10, 13)),
        ],
    ),
    "numbers where semicolons separate": (
        {
            "production_order": "order_year;order_number;item_code;quantity\n"
            + "".join(
                f"2026;{number};GATE;{text}\n"
                for number, text in enumerate(
                    [
                        *("2", "1,5", "1.5", ",5", "0.125", "1234.567", "1,234", "12.5000"),
                        *("1.234", "12.500", "-1.234"),
                        *("1.234,5", "1.234.567", "1,2,3", "1e3", "1 000"),
                        *("-1,5", "0,0", "1000000000000000,5"),
                    ],
                    1,
                )
            )
        },
        [
            *(("production_order", line, "quantity", "ambiguous_number") for line in range(10, 13)),
            *(("production_order", line, "quantity", "bad_number") for line in range(13, 18)),
            *(("production_order", line, "quantity", "out_of_range") for line in range(18, 21)),
        ],
    ),
    "whole numbers where semicolons separate": (
        {
            "item_location": "item_code;warehouse_code;location_code;priority\n"
            "BOLT;STEEL;A-01;2,0\nGATE;STEEL;A-01;1.000\nPAINT;STEEL;A-01;1000\n"
        },
        [("item_location", line, "priority", "bad_integer") for line in (2, 3)],
    ),
    "empty rows with others below them": (
        {"location": "warehouse_code;location_code;blocked\n;;\nSTEEL;A-01;\n;\n\n;;\nSTEEL;A-02;FALSE\n;;\n;\n\n"},
        [
            ("location", 2, "warehouse_code", "value_required"),
            ("location", 2, "location_code", "value_required"),
            ("location", 4, None, "field_count"),
            ("location", 6, "warehouse_code", "value_required"),
            ("location", 6, "location_code", "value_required"),
        ],
    ),
    "a bad byte below empty rows": (
        {"site": b"site_code,description\nNORTH,\n,\nSOUTH,\xff\n"},
        [("site", 3, "site_code", "value_required"), ("site", 4, "description", "not_utf8")],
    ),
    "words": (
        {
            "movement_reason": (
                "warehouse_code,reason_code,direction\nSTEEL,IN,load\nSTEEL,OUT,Issue\nYARD,LONG,load\nYARD,ÄÖÜ,load\n"
            )
        },
        [
            ("movement_reason", 3, "direction", "unknown_word"),
            ("movement_reason", 4, "reason_code", "value_too_long"),
        ],
    ),
    "a time zone that is none, or no name of one": (
        {
            "company": "company_code,time_zone,period_start,period_end\n"
            "MILL,Europe/Rom,2026-01-01,2026-12-31\n"
            "MILL2,CET,2026-01-01,2026-12-31\n"
            "MILL3,europe/rome,2026-01-01,2026-12-31\n"
            "MILL4,,2026-01-01,2026-12-31\n"
        },
        [
            ("company", 2, "time_zone", "unknown_time_zone"),
            ("company", 3, "company_code", "one_company"),
            ("company", 4, "company_code", "one_company"),
            ("company", 5, "company_code", "one_company"),
        ],
    ),
    "a code that no index holds": (
        {"site": f"site_code\nNORTH\n{'漆' * 501}\n"},
        [("site", 3, "site_code", "value_too_long")],
    ),
    # keys
    "repeated keys": (
        {
            "site": "site_code\nNORTH\nnorth\nNORTH\nNORTH\n",
            "lot": "item_code,variant_code,lot_code\nPAINT,,P1\nPAINT,RED,P1\nPAINT,,P1\n",
            "production_order": "order_year,order_number,order_lot,item_code,quantity\n"
            "2026,1,,GATE,2\n2026,01,0,GATE,2\n2026,1,1,GATE,2\n",
            "production_order_phase": "order_year,order_number,phase\n2026,1,10\n2026,1,20\n2026,01,10\n",
            "warehouse_rule": RULE + "company,,,wip,STEEL,,\ncompany,,,scrap,STEEL,,\ncompany,,,wip,YARD,,\n",
        },
        [
            ("site", 4, "site_code", "duplicate_key"),
            ("site", 5, "site_code", "duplicate_key"),
            ("warehouse_rule", 4, "section", "duplicate_key"),
            ("lot", 4, "lot_code", "duplicate_key"),
            ("production_order", 3, "order_lot", "duplicate_key"),
            ("production_order_phase", 4, "sub_phase", "duplicate_key"),
        ],
    ),
    # references
    "unknown codes": (
        {
            "opening_stock": STOCK
            + "NOWHERE,BOLT,,,,1,2026-01-01,IN\n"
            + "STEEL,NOTHING,,,,1,2026-01-01,IN\n"
            + "STEEL,PAINT,BLUE,P1,,1,2026-01-01,IN\n"
            + "STEEL,PAINT,RED,P1,,1,2026-01-01,IN\n"
            + "STEEL,BOLT,,,A-09,1,2026-01-01,IN\n"
            + "YARD,BOLT,,,A-01,1,2026-01-01,IN\n"
            + "STEEL,BOLT,,,A-01,1,2026-01-01,IN\n"
        },
        [
            ("opening_stock", 2, "warehouse_code", "unknown_reference"),
            ("opening_stock", 3, "item_code", "unknown_reference"),
            ("opening_stock", 4, "variant_code", "unknown_reference"),
            ("opening_stock", 5, "lot_code", "unknown_reference"),
            ("opening_stock", 6, "location_code", "unknown_reference"),
            ("opening_stock", 7, "location_code", "unknown_reference"),
            ("opening_stock", 7, "reason_code", "unknown_reference"),
        ],
    ),
    "codes compare as bytes": (
        {"item_mrp_parameter": "item_code,picking_type,procurement_type\nbolt,manual,purchase\n"},
        [("item_mrp_parameter", 2, "item_code", "unknown_reference")],
    ),
    "a variant of another item": (
        {"lot": "item_code,variant_code,lot_code\nPAINT,BIG,P1\n"},
        [("lot", 2, "variant_code", "unknown_reference")],
    ),
    "unknown orders, phases and job orders": (
        {
            "production_order": ORDER + "2026,1,,GATE,2,,,,2026,8\n",
            "production_order_material": MATERIAL + "2026,1,1,BOLT,1,20,,,,\n2026,9,1,BOLT,1,10,,,,\n",
            "material_lot": LOT + "2026,1,7,P1,1\n2025,1,1,P1,1\n",
        },
        [
            ("production_order", 2, "job_number", "unknown_reference"),
            ("production_order_material", 2, "phase", "unknown_reference"),
            ("production_order_material", 3, "order_number", "unknown_reference"),
            ("material_lot", 2, "line", "unknown_reference"),
            ("material_lot", 3, "order_number", "unknown_reference"),
        ],
    ),
    "a lot of another variant, or of an item without lots": (
        {"material_lot": LOT + "2026,1,2,P2,1\n2026,1,3,P2,1\n2026,1,1,P1,1\n"},
        [
            ("material_lot", 2, "lot_code", "unknown_reference"),
            ("material_lot", 4, "lot_code", "unknown_reference"),
        ],
    ),
    "a file that is referred to but missing": (
        {"site": None, "job_order": "job_year,job_number,site_code\n2026,7,NORTH\n"},
        [("job_order", 2, "site_code", "unknown_reference")],
    ),
    "a bad item that everything names": (
        {"item": "item_code,tracking\nBOLT,\nGATE,\nPAINT,lots\n", "material_lot": LOT + "2026,1,2,P1,1\n"},
        [("item", 4, "tracking", "unknown_word")],
    ),
    "a bad lot that materials and stock name": (
        {
            "lot": "item_code,variant_code,lot_code,state\nPAINT,,P1,gone\nPAINT,RED,P2,\n",
            "opening_stock": STOCK + "STEEL,PAINT,,P1,,1,2026-01-01,IN\n",
            "material_lot": LOT + "2026,1,2,P1,1\n",
        },
        [("lot", 2, "state", "unknown_word")],
    ),
    "bad rows of an order that others name too": (
        {
            "production_order": ORDER + "2026,1,,GATE,two,,,,,\n",
            "production_order_phase": "order_year,order_number,phase\n2026,1,10\n2026,1,x\n",
            "production_order_material": MATERIAL + "2026,1,1,BOLT,1,30,,,,\n2026,1,1,BOLT,1,10,,,,\n",
        },
        [
            ("production_order", 2, "quantity", "bad_number"),
            ("production_order_phase", 3, "phase", "bad_integer"),
            ("production_order_material", 2, "phase", "unknown_reference"),
            ("production_order_material", 3, "line", "duplicate_key"),
        ],
    ),
    "keys of orders and their rows that are no number": (
        {
            "production_order": ORDER + "2026,1,,GATE,2,,,,,\n2026,1,x,GATE,2,,,,,\n",
            "production_order_phase": "order_year,order_number,order_lot,phase,sub_phase\n"
            "2026,1,0,10,\n2026,1,0,10,y\n2026,1,x,10,\n,1,0,10,\n",
            "production_order_material": MATERIAL + "2026,1,1,PAINT,1,10,,,,\n2026,one,1,PAINT,1,10,,,,\n",
            "material_lot": LOT + f"2026,1,1,P1,1\n2026,1,{'1' * 70}x,P1,1\n",
        },
        [
            ("production_order", 3, "order_lot", "bad_integer"),
            ("production_order_phase", 3, "sub_phase", "bad_integer"),
            ("production_order_phase", 4, "order_lot", "bad_integer"),
            ("production_order_phase", 5, "order_year", "value_required"),
            ("production_order_material", 3, "order_number", "bad_integer"),
            ("material_lot", 3, "line", "bad_integer"),
        ],
    ),
    "orders without a column of their key": (
        {
            "production_order": "order_number,item_code,quantity\n1,GATE,2\n",
            "production_order_phase": "order_number,phase\n1,10\n",
        },
        [
            ("production_order", 1, "order_year", "column_missing"),
            ("production_order_phase", 1, "order_year", "column_missing"),
        ],
    ),
    "opening stock by the only reason of its warehouse, which is refused": (
        {
            "movement_reason": "warehouse_code,reason_code,direction\nSTEEL,IN,loads\n",
            "opening_stock": STOCK + "STEEL,BOLT,,,A-01,1,2026-01-01,\nYARD,BOLT,,,,1,2026-01-01,\n",
        },
        [
            ("movement_reason", 2, "direction", "unknown_word"),
            ("opening_stock", 3, "reason_code", "rule_broken"),
        ],
    ),
    "opening stock by a reason that was not read": (
        {
            "movement_reason": "warehouse_code,reason_code,direction\nSTEEL,IN,load,\n",
            "opening_stock": STOCK + "STEEL,BOLT,,,A-01,1,2026-01-01,\n",
        },
        [("movement_reason", 2, None, "field_count")],
    ),
    # rules across columns
    "a period that ends before it starts": (
        {"company": "company_code,period_start,period_end\nMILL,2026-12-31,2026-01-01\n"},
        [("company", 2, "period_end", "rule_broken")],
    ),
    "half a counterpart": (
        {
            "movement_reason": "warehouse_code,reason_code,direction,"
            "counterpart_warehouse_code,counterpart_reason_code\n"
            "STEEL,IN,load,YARD,\nYARD,OUT,issue,,IN\n"
        },
        [
            ("movement_reason", 2, "counterpart_warehouse_code", "rule_broken"),
            ("movement_reason", 3, "counterpart_reason_code", "rule_broken"),
        ],
    ),
    "rules that name too much or too little": (
        {
            "warehouse_rule": RULE + "company,NORTH,,wip,STEEL,,\nsite,,,wip,STEEL,,\nitem,,,wip,STEEL,,\n"
            "company,,BOLT,wip,STEEL,,\nsite,NORTH,,scrap,STEEL,,OUT\nitem,,BOLT,wip,STEEL,,OUT\n"
        },
        [
            ("warehouse_rule", 2, "site_code", "rule_broken"),
            ("warehouse_rule", 3, "site_code", "rule_broken"),
            ("warehouse_rule", 4, "item_code", "rule_broken"),
            ("warehouse_rule", 5, "item_code", "rule_broken"),
            ("warehouse_rule", 6, "semi_finished_issue_reason_code", "rule_broken"),
        ],
    ),
    "a lot of an item without lots": (
        {"lot": "item_code,lot_code\nBOLT,B1\nPAINT,P1\n", "opening_stock": None},
        [("lot", 2, "item_code", "rule_broken")],
    ),
    "opening stock without lot or load reason": (
        {
            "opening_stock": STOCK + "STEEL,PAINT,,,,1,2026-01-01,IN\nSTEEL,BOLT,,,,1,2026-01-01,OUT\n"
            "YARD,BOLT,,,,1,2026-01-01,\nSTEEL,BOLT,,,,1,2026-01-01,\nSTEEL,BOLT,,,,-1,2026-01-01,IN\n"
            "STEEL,BOLT,,,,,2026-01-01,IN\nSTEEL,BOLT,,,,0.0.0,2026-01-01,IN\n"
        },
        [
            ("opening_stock", 2, "lot_code", "rule_broken"),
            ("opening_stock", 3, "reason_code", "rule_broken"),
            ("opening_stock", 4, "reason_code", "rule_broken"),
            ("opening_stock", 6, "quantity", "out_of_range"),
            ("opening_stock", 7, "quantity", "value_required"),
            ("opening_stock", 8, "quantity", "bad_number"),
        ],
    ),
    "half a job order, a load reason without warehouse": (
        {
            "production_order": "order_year,order_number,item_code,quantity,job_year,job_number,load_reason_code\n"
            "2026,1,GATE,2,2026,,\n2026,2,GATE,2,,7,\n2026,3,GATE,2,,,IN\n"
        },
        [
            ("production_order", 2, "job_year", "rule_broken"),
            ("production_order", 3, "job_number", "rule_broken"),
            ("production_order", 4, "load_reason_code", "rule_broken"),
        ],
    ),
    "materials with half a source": (
        {
            "production_order_material": MATERIAL + "2026,1,1,BOLT,1,,,STEEL,,\n2026,1,2,BOLT,1,,,,OUT,\n"
            "2026,1,3,BOLT,1,,,,,A-01\n2026,1,4,BOLT,1,,0,,,\n"
        },
        [
            ("production_order_material", 2, "warehouse_code", "rule_broken"),
            ("production_order_material", 3, "reason_code", "rule_broken"),
            ("production_order_material", 4, "location_code", "rule_broken"),
            ("production_order_material", 5, "sub_phase", "rule_broken"),
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_bad_row_is_told_and_nothing_is_loaded(
    case: str, untouched: str, refuse: Callable[..., LoadFailed]
) -> None:
    changed, expected = CASES[case]
    failed = refuse(untouched, changed)
    assert _places(failed) == expected
    assert failed.count == len(expected)


@pytest.mark.parametrize("rows_per_call", [2, 3, 7])
def test_a_bad_row_is_told_wherever_it_stands_in_a_call(
    untouched: str, refuse: Callable[..., LoadFailed], rows_per_call: int
) -> None:
    """The first and the last row of each call too; calls that are full, and one that is not."""
    changed = {
        "site": "site_code,description\nNORTH,\n" + "NORTH,again\n" * 6,
        "item": "item_code,tracking\nBOLT,\nGATE,\nPAINT,lot\n" + "".join(f"I{n},bad\n" for n in range(6)),
        "production_order": GOOD_ORDER + "".join(f"2026,{n},GATE,0\n" for n in range(2, 8)),
        "opening_stock": STOCK + "".join(f"STEEL,BOLT,,,A-0{n},1,2026-02-0{n},IN\n" for n in range(2, 8)),
    }
    failed = refuse(untouched, changed, rows_per_call)
    assert _places(failed) == [
        *(("site", line, "site_code", "duplicate_key") for line in range(3, 9)),
        *(("item", line, "tracking", "unknown_word") for line in range(5, 11)),
        *(("opening_stock", line, "location_code", "unknown_reference") for line in range(2, 8)),
        *(("production_order", line, "quantity", "out_of_range") for line in range(3, 9)),
    ]


def test_the_cases_show_every_code() -> None:
    shown = {code for _, expected in CASES.values() for _, _, _, code in expected}
    elsewhere = {"company_exists", "file_unreadable", "first_load_only"}
    assert shown | elsewhere == CODES.keys()


def test_the_reasons_are_plain_sentences(untouched: str, refuse: Callable[..., LoadFailed]) -> None:
    failed = refuse(
        untouched,
        {
            "items": "item_code\n",
            "location": LOCATION + "STEEL,A-01,\nSTEEL,A-01,\n",
            "production_order": "order_year,order_number,item_code,quantity\n2026,1,GATE,\n2026,2,'DOOR,two\n",
            "production_order_material": (
                "order_year;order_number;line;item_code;unit_quantity\n2026;1;1;BOLT;-1.500\n2026;1;2;BOLT;1,5,0\n"
            ),
        },
    )
    assert [str(row) for row in failed.rows] == [
        'location.csv:3:location_code: warehouse_code "STEEL", location_code "A-01" stands on line 2 already',
        "production_order.csv:2:quantity: Column quantity: a value is required.",
        'production_order.csv:3:quantity: Column quantity: "two" is not a number such as 12.5.',
        'production_order_material.csv:2:unit_quantity: "-1.500" may be -1500 or -1,500: write the one that is meant',
        'production_order_material.csv:3:unit_quantity: Column unit_quantity: "1,5,0" is not a number such as 12.5.',
        "items.csv: no file of this name is loaded; is item.csv meant?",
    ]
    assert "it has 6 bad rows" in failed.message


def test_R63_what_is_wrong_with_a_cell_is_told_in_the_language_of_the_session(
    untouched: str, refuse: Callable[..., LoadFailed]
) -> None:
    failed = refuse(make_conninfo(untouched, options="-c erp.language=it"), {"location": LOCATION + "STEEL,A-01,no\n"})
    assert [row.reason for row in failed.rows] == ['Colonna blocked: "no" non è true o false.']


def test_the_first_200_bad_rows_are_kept_and_the_others_counted(
    untouched: str, refuse: Callable[..., LoadFailed], capsys: pytest.CaptureFixture[str]
) -> None:
    site = "site_code,description\n" + "x\n" * 150
    item = "item_code,phantom\n" + "".join(f"I{number},perhaps\n" for number in range(151))
    others = dict.fromkeys(set(GOOD) - {"company", "site", "item"})
    failed = refuse(untouched, {"site": site, "item": item} | others)
    assert failed.count == 301
    assert len(failed.rows) == SHOWN == 200
    assert [(row.file, row.line) for row in failed.rows] == [
        *(("site.csv", line) for line in range(2, 152)),
        *(("item.csv", line) for line in range(2, 52)),
    ]
    failed.show()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 203
    assert lines[200] == "… and 101 more"


def test_faults_of_reading_and_of_checking_stand_together_in_the_order_of_the_files(
    untouched: str, refuse: Callable[..., LoadFailed]
) -> None:
    failed = refuse(
        untouched,
        {
            "site": "site_code\nNORTH\nNORTH\n",
            "location": "warehouse_code,location_code,blocked\nSTEEL,A-01,no\nSTEEL\n",
            "job_order": "job_year,job_number\n2026,7,8\n2026,seven\n",
        },
    )
    assert _places(failed) == [
        ("site", 3, "site_code", "duplicate_key"),
        ("location", 2, "blocked", "bad_boolean"),
        ("location", 3, None, "field_count"),
        ("job_order", 2, None, "field_count"),
        ("job_order", 3, "job_number", "bad_integer"),
    ]


def test_references_into_a_file_that_was_not_read_whole_are_not_checked(
    untouched: str, refuse: Callable[..., LoadFailed]
) -> None:
    failed = refuse(untouched, {"item": "item_code,tracking\nBOLT,\nGATE\nPAINT,lot\n"})
    assert _places(failed) == [("item", 3, None, "field_count")]


def test_a_company_that_exists_is_a_bad_row_and_stays_as_it_is(
    rilascio_database: str, refuse: Callable[..., LoadFailed], tmp_path: Path
) -> None:
    for name, content in GOOD.items():
        (tmp_path / f"{name}.csv").write_text(str(content))
    load(rilascio_database, tmp_path)
    failed = refuse(rilascio_database, {"site": "site_code\nSOUTH\n", "production_order_material": None})
    assert _places(failed) == [("company", 2, "company_code", "company_exists")]
    with psycopg.connect(rilascio_database) as connection:
        assert connection.execute("select site_code from erp.site").fetchall() == [("NORTH",)]


def test_a_file_that_is_a_folder_is_told(untouched: str, tmp_path: Path) -> None:
    (tmp_path / "company.csv").write_text(str(GOOD["company"]))
    (tmp_path / "item.csv").mkdir()
    with pytest.raises(LoadFailed) as caught:
        load(untouched, tmp_path)
    assert _places(caught.value) == [("item", None, None, "file_unreadable")]
