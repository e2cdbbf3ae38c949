"""`rilascio stock`: where an item lies, who waits for it, and when more is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click
import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL

from rilascio.commands.options import company_option, connect, dsn_option, format_option
from rilascio.errors import HarnessError
from rilascio.language import _
from rilascio.orders import Company, Reference, find_company, status_label
from rilascio.output import cell, print_columns, print_csv, print_fields, print_json_object, print_title
from rilascio.queries import composed_query

Row = dict[str, Any]

_SECTIONS = {
    "item": composed_query(__file__, "item_head"),
    "places": composed_query(__file__, "item_places"),
    "needs": composed_query(__file__, "item_needs"),
    "receipts": composed_query(__file__, "item_receipts"),
}

_SHOWN = 50
"""So many needs, and so many receipts, stand in a table."""


@click.command()
@click.argument("item", metavar="ITEM")
@company_option
@format_option
@dsn_option()
def stock(item: str, company: str | None, output_format: str, dsn: str | None) -> None:
    """Show where an item lies, who waits for it, the most urgent first, and when more of it is expected.

    ITEM is the code of an item. Of each place the stock of today is shown, and the least that is there today or on any
    later day, which is what a release of today may take. Orders wait for what is still open of their materials; they
    and the records that are dated later say what is expected. json gives an object with all of it, csv the places.

    \b
    Examples:
      rilascio stock SC-0616
      rilascio stock SC-0616 --format json
    """
    with connect(dsn) as connection:
        found_company = find_company(connection, company)
        parameters = {"company_id": found_company.company_id, "item_code": item}
        head = _find_item(connection, found_company, parameters)
        if output_format == "json":
            print_json_object(connection, _SECTIONS, parameters)
        elif output_format == "csv":
            print_csv(connection, _SECTIONS["places"], parameters)
        else:
            with connection.cursor(row_factory=dict_row) as cursor:
                rows = {name: cursor.execute(query, parameters).fetchall() for name, query in _SECTIONS.items()}
            _print_item(head)
            _print_places(rows["places"], head["uom"])
            _print_needs(rows["needs"])
            _print_receipts(rows["receipts"])


def _find_item(connection: psycopg.Connection[Any], company: Company, parameters: Mapping[str, object]) -> Row:
    """Return the item, or fail with those whose code or description contains what was typed."""
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(_SECTIONS["item"], parameters).fetchone()
    if found is not None:
        return found
    similar = connection.execute(
        SQL(
            "select i.item_code from erp_data.item as i where i.company_id = %(company_id)s"
            " and strpos(lower(concat_ws(' ', i.item_code, i.description)), lower(%(item_code)s)) > 0"
            " order by i.item_code limit 3"
        ),
        parameters,
    ).fetchall()
    raise HarnessError(
        _("Company {company} has no item {item!r}.", company=company.code, item=parameters["item_code"]),
        _("Did you mean {names}?", names=_(" or ").join(code for (code,) in similar)) if similar else None,
    )


def _print_item(head: Row) -> None:
    print_fields(
        {
            "item": " ".join(filter(None, (head["item_code"], head["description"]))),
            "uom": head["uom"],
            "class": head["item_class"],
            "lots": head["lot_policy"] if head["tracking"] == "lot" else None,
            "picking": head["picking_type"],
            "procurement": head["procurement_type"],
        }
    )


def _print_places(rows: Sequence[Row], uom: str | None) -> None:
    print_title(_("Where it lies"))
    if not rows:
        click.echo(_("Nowhere."))
        return
    print_columns(
        [row | {"today": row["quantity"], "lowest": row["lowest_quantity"], "remark": _remark(row)} for row in rows],
        ("warehouse_code", "location_code", "variant_code", "lot_code", "today", "lowest", "uom", "remark"),
        sparse=("location_code", "variant_code", "lot_code", "remark"),
        wrapped=("remark",),
        droppable=("uom",),
    )
    if len(rows) > 1:
        total, lowest = (sum(row[name] for row in rows) for name in ("quantity", "lowest_quantity"))
        quantity = f"{total:f} {uom or ''}".rstrip()
        told = _("In all {quantity}.", quantity=quantity)
        if lowest != total:
            told = _("In all {quantity}, {lowest:f} of it on every later day.", quantity=quantity, lowest=lowest)
        click.echo(f"\n{told}")


def _remark(row: Row) -> str:
    """Return what may keep a release from taking it."""
    parts = {
        _("location blocked"): row["location_blocked"],
        _("lot unavailable"): row["lot_state"] == "unavailable",
        _("lot not sellable"): row["lot_sellable"] is False,
        _("lot closed"): row["lot_closed"],
        _("expires {day}", day=cell(row["expiry_date"])): row["expiry_date"],
    }
    return ", ".join(text for text, holds in parts.items() if holds)


def _print_needs(rows: Sequence[Row]) -> None:
    print_title(_("Who waits for it"))
    if not rows:
        click.echo(_("Nobody."))
        return
    print_columns(
        [
            row
            | {
                "order": _reference(row),
                "status": status_label(row["order_status"] or ""),
                "produces": row["order_item_code"],
            }
            | {"open": row["open_quantity"], "picking": row["picking_type"]}
            for row in rows[:_SHOWN]
        ],
        ("end_date", "order", "status", "produces", "variant_code", "open", "uom", "picking"),
        sparse=("variant_code",),
        droppable=("picking", "uom"),
    )
    _print_rest(rows)


def _print_receipts(rows: Sequence[Row]) -> None:
    print_title(_("When more is expected"))
    if not rows:
        click.echo(_("Not that anybody knows."))
        return
    print_columns(
        [
            row
            | {
                "date": row["expected_date"],
                "order": _reference(row),
                "status": status_label(row["order_status"] or ""),
            }
            | {"by": row["kind"].replace("_", "-"), "document": row["document_key"]}
            for row in rows[:_SHOWN]
        ],
        ("date", "quantity", "uom", "by", "order", "status", "variant_code", "warehouse_code", "document"),
        sparse=("order", "status", "variant_code", "warehouse_code", "document"),
        flexible=("document",),
        droppable=("uom", "status"),
    )
    _print_rest(rows)


def _reference(row: Row) -> str:
    if row["order_number"] is None:
        return ""
    return str(Reference(row["order_year"], row["order_number"], row["order_lot"]))


def _print_rest(rows: Sequence[Row]) -> None:
    if len(rows) > _SHOWN:
        click.echo(_("And {count:,} more, which --format json gives.", count=len(rows) - _SHOWN))
