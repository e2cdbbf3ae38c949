"""`rilascio pick-list`: what is to be picked for orders, on paper."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import psycopg
from psycopg.rows import dict_row

from rilascio.commands.grid_columns import RESTORE
from rilascio.commands.options import connect, dsn_option
from rilascio.commands.selection import Selection, takes_named_orders
from rilascio.errors import USAGE, HarnessError
from rilascio.extras import install_command
from rilascio.filters import Filter
from rilascio.language import _, counted
from rilascio.orders import Company, Order, find_company, find_numbers, select_orders, status_label
from rilascio.output import cell
from rilascio.printing import PickLine, PickList
from rilascio.queries import read_query
from rilascio.runs import find_run

Row = dict[str, Any]

FORMATS = {".pdf": "pdf", ".html": "html"}


@click.command("pick-list")
@takes_named_orders()
@click.option("--run", type=click.IntRange(min=1), metavar="N", help="The orders that this run released.")
@click.option(
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The file to write: its name ends with .pdf or .html.",
)
@dsn_option()
def pick_list(selection: Selection, output: Path, dsn: str | None) -> None:
    """Write a pick list to print: a page for each order, with its number as a barcode (Code 128).

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT. A line has a box to tick, and says what is taken from which
    warehouse, location and lot: of a released order what its release has issued, with the day; of a launched one what
    a release of today would issue, the orders taken one after the other. Materials that are picked with a list or by
    hand follow with the places in which they lie.

    \b
    Examples:
      rilascio pick-list 2026/15 2026/16/1 --output monday.pdf
      rilascio pick-list --run 12 --output released.html
    """
    kind = FORMATS.get(output.suffix.lower())
    if kind is None:
        raise HarnessError(
            _("{name} is neither a PDF nor an HTML file.", name=output.name),
            _("Let its name end with .pdf or .html: --output picks.pdf."),
            exit_code=USAGE,
        )
    run = selection.run
    if bool(selection.references) == (run is not None):
        raise HarnessError(
            _("Orders are named and chosen by a run at once.") if run is not None else _("No order is named."),
            _("Name orders like 2026/15, or else a run with --run N."),
            exit_code=USAGE,
        )
    references = selection.parsed_references()
    if importlib.util.find_spec("reportlab") is None:
        raise HarnessError(
            _("Pick lists are made by ReportLab, which is not installed."),
            _("Run {command}", command=install_command("print")),
        )
    with connect(dsn) as connection:
        company = find_company(connection, selection.company)
        orders = find_numbers(connection, company, references) if run is None else _released(connection, company, run)
        lists = _read(connection, company, orders)
    output.write_bytes(importlib.import_module(f"rilascio.printing.{kind}").render(lists))
    click.echo(_("Wrote {output}: {orders}.", output=output, orders=counted(len(lists), "order")))


def _released(connection: psycopg.Connection[Any], company: Company, number: int) -> list[Order]:
    find_run(connection, company, number)
    orders = select_orders(connection, RESTORE.view, company, [Filter("run_id", "=", str(number))], [])
    if not orders:
        raise HarnessError(
            _("Of run {number} no order is released any more.", number=number),
            _("rilascio runs --where kind=release shows the releases."),
        )
    return orders


def _read(connection: psycopg.Connection[Any], company: Company, orders: Sequence[Order]) -> list[PickList]:
    ids = [order.order_id for order in orders]
    with connection.cursor(row_factory=dict_row) as cursor:
        lines: dict[int, list[PickLine]] = {order_id: [] for order_id in ids}
        for row in cursor.execute(
            read_query(__file__, "pick_list"), {"company_id": company.company_id, "order_ids": ids}
        ):
            lines[row["order_id"]].append(_line(row))
        head = read_query(__file__, "order_head")
        lists = []
        for order in orders:
            parameters = {"company_id": company.company_id, "order_id": order.order_id}
            [row] = cursor.execute(head, parameters).fetchall()
            lists.append(PickList(str(order.reference), _fields(company, row), lines[order.order_id]))
        return lists


def _line(row: Row) -> PickLine:
    return PickLine(
        line=row["material_line"],
        item=" ".join(filter(None, (row["item_code"], row["variant_code"]))),
        description=row["item_description"] or "",
        quantity=row["quantity"],
        uom=row["uom"] or "",
        warehouse=row["warehouse_code"] or "",
        location=row["location_code"] or "",
        lot=row["lot_code"] or "",
        lies_in=row["lies_in"] or "",
        issued_on=row["issued_on"],
    )


def _fields(company: Company, row: Row) -> list[tuple[str, str]]:
    job = f"{row['job_year']}/{row['job_number']}" if row["job_number"] is not None else ""
    fields = {
        _("Company"): company.description or company.code,
        _("Item"): " ".join(filter(None, (row["item_code"], row["variant_code"], row["item_description"]))),
        _("Quantity"): f"{row['quantity']:f} {row['uom'] or ''}".strip(),
        _("Status"): status_label(row["status"]),
        _("Start"): cell(row["start_date"]),
        _("End"): cell(row["end_date"]),
        _("Job order"): ", ".join(filter(None, (job, row["customer"]))),
        _("Project"): row["project"] or "",
    }
    return [(name, value) for name, value in fields.items() if value]
