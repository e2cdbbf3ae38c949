"""`rilascio compare`: stock and orders of another ERP's database, held against those that are here."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import click

from rilascio.commands.actions import REFUSED
from rilascio.commands.options import (
    company_option,
    connect,
    dsn_option,
    host_options,
    report_format_option,
    required_host,
)
from rilascio.language import counted
from rilascio.link.compare import SUBJECTS, Comparison, Report
from rilascio.link.compare import compare as compare_with
from rilascio.link.host import Host
from rilascio.orders import Company, find_company
from rilascio.output import print_table, remark


@click.command()
@host_options
@company_option
@click.option("--only", type=click.Choice(list(SUBJECTS)), help="Compare nothing but this.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    metavar="N",
    help="How many differences of each to show; 0 shows all.",
)
@report_format_option
@dsn_option()
def compare(
    host_dsn: str | None,
    schema: str,
    patience: float,
    company: str | None,
    only: str | None,
    limit: int,
    output_format: str,
    dsn: str | None,
) -> None:
    """Hold the stock and the orders of another ERP's database against those of a company.

    The host has a view stock_balance (warehouse_code, item_code and quantity, as it likes with variant_code, lot_code
    and location_code), a view order_status (order_year, order_number, order_lot, status), or both. Stock is summed by
    the columns that its view has; what is at zero counts as absent, and so does an archived order that the host no
    longer has. Nothing is changed on either side.

    Exit code 3 says that something differs.

    \b
    Examples:
      rilascio compare --from postgresql://reader@erp/live
      rilascio compare --only stock --limit 0 --format json
    """
    with connect(dsn) as connection:
        host = Host(required_host(host_dsn), schema, patience)
        found = find_company(connection, company)
        report = compare_with(connection, found, host, [only] if only else list(SUBJECTS), remark)
    if output_format == "json":
        click.echo(json.dumps(_in_json(found, report, limit), indent=1, ensure_ascii=False))
    else:
        _tell(report, limit)
    if not report.is_equal:
        raise click.exceptions.Exit(REFUSED)


def _tell(report: Report, limit: int) -> None:
    for name in report.missing:
        remark(f"The host has no view {name}, so that is not compared.")
    if report.stock:
        rows = _stock_rows(report.stock, limit)
        print_table([*report.stock.columns, "host", "rilascio", "difference"], [tuple(row.values()) for row in rows])
        _conclude(f"Stock by {', '.join(report.stock.columns)}", report.stock, len(rows))
    if report.orders:
        rows = _order_rows(report.orders, limit)
        print_table(
            ["order", "host", "rilascio"],
            [("/".join(str(part) for part in tuple(row.values())[:3]), row["host"], row["rilascio"]) for row in rows],
        )
        _conclude("Orders", report.orders, len(rows))


def _conclude(what: str, comparison: Comparison[Any], shown: int) -> None:
    count = len(comparison.differences)
    if shown < count:
        remark(f"… and {counted(count - shown, 'difference')} more; --limit 0 shows all.")
    told = f"{count:,} differ" if count != 1 else "1 differs"
    click.echo(f"{what}: {comparison.compared:,} compared, {told if count else 'none differs'}.")


def _in_json(company: Company, report: Report, limit: int) -> dict[str, object]:
    answer: dict[str, object] = {"company": company.code, "host": report.place, "equal": report.is_equal}
    if report.stock:
        answer["stock"] = _part(report.stock, [_exact(row) for row in _stock_rows(report.stock, limit)])
    if report.orders:
        answer["orders"] = _part(report.orders, _order_rows(report.orders, limit))
    return answer


def _part(comparison: Comparison[Any], rows: list[dict[str, Any]]) -> dict[str, object]:
    return {"compared": comparison.compared, "different": len(comparison.differences), "rows": rows}


def _exact(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its quantities as texts, which no reader rounds."""
    return {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in row.items()}


def _stock_rows(stock: Comparison[Decimal], limit: int) -> list[dict[str, Any]]:
    rows = []
    for difference in stock.differences[: limit or None]:
        host, here = difference.host or Decimal(0), difference.here or Decimal(0)
        quantities = {"host": host, "rilascio": here, "difference": host - here}
        rows.append(dict(zip(stock.columns, difference.key, strict=True)) | quantities)
    return rows


def _order_rows(orders: Comparison[str], limit: int) -> list[dict[str, Any]]:
    return [
        dict(zip(orders.columns, (_whole(part) for part in difference.key), strict=True))
        | {"host": difference.host, "rilascio": difference.here}
        for difference in orders.differences[: limit or None]
    ]


def _whole(number: Decimal | int | None) -> int | str | None:
    """Return a part of an order's number as a number, unless the host has there what cannot be one."""
    return number if number is None or isinstance(number, int) else int(number) if number % 1 == 0 else f"{number:f}"
