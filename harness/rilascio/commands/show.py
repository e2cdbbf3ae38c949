"""`rilascio show`: all that there is to know of one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import click
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed

from rilascio.commands.answers import ActionSummary, print_refusals
from rilascio.commands.completion import complete_order
from rilascio.commands.options import company_option, connect, dsn_option, format_option
from rilascio.commands.release import PREVIEW_RELEASE
from rilascio.language import _
from rilascio.orders import Reference, find_company, find_numbers, parse_reference, status_label
from rilascio.output import print_columns, print_csv, print_fields, print_json_object, print_title, remark
from rilascio.queries import composed_query

Row = dict[str, Any]

_FEASIBILITY = """
select f.feasibility, f.feasible_quantity, f.automatic_material_count
from erp_api.order_feasibility(%(company_id)s, array[%(order_id)s::bigint]) as f
where exists (
    select from erp_api.release_grid as g where g.company_id = %(company_id)s and g.order_id = %(order_id)s
)
"""
_PREVIEW = """
select distinct on (p.ordinal) p.outcome, p.feasible_quantity, p.reasons
from erp_api.preview_release(%(company_id)s, array[%(order_id)s::bigint]) as p
where exists (
    select from erp_api.release_grid as g where g.company_id = %(company_id)s and g.order_id = %(order_id)s
)
order by p.ordinal, pg_catalog.jsonb_array_length(p.reasons) desc
"""

_SECTIONS: dict[str, Composed] = {
    "order": composed_query(__file__, "order_head"),
    "phases": composed_query(__file__, "order_phases"),
    "materials": composed_query(__file__, "order_materials"),
    "feasibility": Composed([SQL(_FEASIBILITY)]),
    "preview": Composed([SQL(_PREVIEW)]),
    "movements": composed_query(__file__, "order_movements"),
    "runs": composed_query(__file__, "order_runs"),
}

_MATERIAL_COLUMNS = (
    "line",
    "item_code",
    "variant_code",
    "item_description",
    "picking_type",
    "required",
    "picked",
    "issued",
    "open",
    "uom",
    "from",
    "by",
)
_MOVEMENT_COLUMNS = (
    "record_date",
    "warehouse_code",
    "record_number",
    "reason_code",
    "item_code",
    "variant_code",
    "lot_code",
    "location_code",
    "quantity",
    "uom",
    "counterpart",
)

_RUNS = 10
"""So many of an order's runs stand in a table."""


@click.command()
@click.argument("order", metavar="ORDER", shell_complete=complete_order)
@company_option
@format_option
@dsn_option()
def show(order: str, company: str | None, output_format: str, dsn: str | None) -> None:
    """Show an order of any status: its materials, where they come from, what is missing, what moved, and its runs.

    ORDER is YEAR/NUMBER (lot 0) or YEAR/NUMBER/LOT. Of a launched order it is told what a release of today would be
    refused for. json gives an object with all of it, csv the materials.

    \b
    Examples:
      rilascio show 2026/15
      rilascio show 2026/15 --format json
    """
    reference = parse_reference(order)
    with connect(dsn) as connection:
        found_company = find_company(connection, company)
        [found] = find_numbers(connection, found_company, [reference])
        parameters = {"company_id": found_company.company_id, "order_id": found.order_id}
        if output_format == "json":
            print_json_object(connection, _SECTIONS, parameters)
        elif output_format == "csv":
            print_csv(connection, _SECTIONS["materials"], parameters)
        else:
            with connection.cursor(row_factory=dict_row) as cursor:
                rows = {name: cursor.execute(query, parameters).fetchall() for name, query in _SECTIONS.items()}
            _print_order(reference, rows)


def _print_order(reference: Reference, rows: Mapping[str, Sequence[Row]]) -> None:
    [head] = rows["order"]
    _print_head(reference, head)
    if rows["phases"]:
        print_title(_("Phases"))
        print_columns(
            rows["phases"],
            ("phase", "sub_phase", "description", "department", "work_center", "machine", "machine_site_code"),
            sparse=("sub_phase", "machine_site_code"),
            flexible=("description", "department", "work_center", "machine"),
            droppable=("department", "work_center"),
        )
    print_title(_("Materials"))
    _print_materials(rows["materials"])
    for feasibility, preview in zip(rows["feasibility"], rows["preview"], strict=True):
        print_title(_("Release today"))
        _print_preview(head, feasibility, preview)
    if rows["movements"]:
        print_title(_("Movements in force"))
        print_columns(
            rows["movements"],
            _MOVEMENT_COLUMNS,
            sparse=("variant_code", "lot_code", "location_code", "counterpart"),
            droppable=("uom", "record_number", "variant_code", "reason_code"),
        )
    if rows["runs"]:
        print_title(_("Runs"))
        print_columns(
            rows["runs"][:_RUNS],
            ("run_id", "started_at", "caller_role", "kind", "outcome", "movement_count", "reasons", "note"),
            sparse=("reasons", "note"),
            flexible=("note", "caller_role"),
            wrapped=("reasons",),
            droppable=("movement_count", "note", "caller_role"),
        )
        if len(rows["runs"]) > _RUNS:
            remark(
                _("{count:,} more: rilascio history {reference}", count=len(rows["runs"]) - _RUNS, reference=reference)
            )


def _print_head(reference: Reference, head: Row) -> None:
    quantity = f"{head['quantity']:f} {head['uom'] or ''}".strip()
    if head["produced_quantity"]:
        produced = head["produced_quantity"]
        quantity = _("{quantity}, {produced:f} of it produced", quantity=quantity, produced=produced)
    job = f"{head['job_year']}/{head['job_number']}" if head["job_number"] is not None else ""
    texts = (head["item_code"], head["variant_code"], head["item_description"])
    print_fields(
        {
            "order": f"{reference}, {status_label(head['status'])}",
            "item": " ".join(filter(None, texts)),
            "quantity": quantity,
            "start": head["start_date"],
            "end": _("{day}, late", day=head["end_date"]) if head["late"] else head["end_date"],
            "priority": head["priority"],
            "job_order": ", ".join(filter(None, (job, head["customer"], head["site_code"]))),
            "project": head["project"],
            "firm": head["firm"],
            "type": head["order_type"],
        }
    )


def _print_materials(rows: Sequence[Row]) -> None:
    if not rows:
        click.echo(_("It needs none."))
        return
    shown = [{name.removesuffix("_quantity"): value for name, value in row.items()} for row in rows]
    print_columns(
        [
            row | {"line": row["material_line"], "from": row["warehouse_code"], "by": row["resolved_by"]}
            for row in shown
        ],
        _MATERIAL_COLUMNS,
        sparse=("variant_code", "picked", "issued", "from", "by"),
        flexible=("item_description",),
        droppable=("by", "picking_type", "item_description", "uom"),
    )


def _print_preview(head: Row, feasibility: Row, preview: Row) -> None:
    uom = head["uom"] or ""
    covered = {
        "all": _("Stock covers all of it."),
        "partly": _("Stock covers {quantity} of it.", quantity=f"{feasibility['feasible_quantity']:f} {uom}".rstrip()),
        "none": _("It cannot be released."),
        "not_needed": _("It needs nothing from stock."),
    }
    click.echo(covered.get(feasibility["feasibility"], feasibility["feasibility"]))
    summary = ActionSummary(replace(PREVIEW_RELEASE, splits=feasibility["feasibility"] == "partly"), 1)
    summary.add({**head, **preview})
    print_refusals(summary)
