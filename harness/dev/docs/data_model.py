"""The picture of the tables: a diagram for each cluster, drawn from the foreign keys of the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.dev.docs.markdown import Connection, catalog_rows, fenced, generated_from
from rilascio.errors import HarnessError

CLUSTERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Company": (
        "Who may act, and by which parameters. Every table has its company; the diagrams below leave it out.",
        ("company", "company_member", "production_parameter", "site"),
    ),
    "Items": (
        "What is made and needed, how it is picked, and where it lies by habit.",
        ("item", "item_variant", "item_mrp_parameter", "item_location", "lot"),
    ),
    "Warehouses": (
        "Where stock lies, for which reasons it moves, and the rules that give a material its warehouse (R10).",
        ("warehouse", "location", "movement_reason", "warehouse_rule"),
    ),
    "Orders": (
        "What is released: an order of a job order, with its phases, materials and the lots committed to them.",
        ("job_order", "production_order", "production_order_phase", "production_order_material", "material_lot"),
    ),
    "What a release keeps": (
        "Facts that a restore and the registrations go by (R3, R28, R35).",
        ("released_material", "material_lot_before_release", "production_order_split"),
    ),
    "Declarations": ("What has been worked (R51).", ("production_declaration",)),
    "Stock": (
        "Records with their movements, the documents that other programs post, the balance that is their sum, and the "
        "counters of record numbers (R19).",
        ("stock_document", "stock_record", "stock_movement", "stock_balance", "stock_record_counter"),
    ),
    "History": (
        "Every call and what it answered, and the records that were taken back (R37, R61). These name orders and items "
        "by value, so that they outlive them.",
        (
            "run",
            "run_order",
            "run_row",
            "run_place",
            "run_place_counter",
            "removed_stock_record",
            "removed_stock_movement",
        ),
    ),
}
"""Each cluster with what it is for and its tables; the catalog says how they hang together."""


def data_model_page(connection: Connection) -> str:
    keys = {row["table_name"]: row["key_columns"] for row in catalog_rows(connection, "primary_keys")}
    cluster_of = {table: cluster for cluster, (_, tables) in CLUSTERS.items() for table in tables}
    if keys.keys() != cluster_of.keys():
        strangers = ", ".join(sorted(keys.keys() ^ cluster_of.keys()))
        raise HarnessError(
            f"The tables and the clusters of the diagram differ in {strangers}.",
            "Put each table into a cluster of harness/dev/docs/data_model.py, and take out what is no table.",
        )
    links = [link for link in catalog_rows(connection, "foreign_keys") if link["target_name"] != "company"]
    lines = [
        "# The data model",
        "",
        generated_from("the foreign keys of the tables, or the clusters in harness/dev/docs/data_model.py"),
        "",
        "The tables of schema `erp` in clusters. What each column means is in the [reference](../reference/tables.md).",
        "All keys begin with the company, which is left out here, and all foreign keys carry it: no row can point into",
        "another company. A box shows the key of its table; one without a key belongs to another cluster.",
        "What an order and a declaration go through: [states](states.md).",
        "",
        "How the clusters hang together, by the number of foreign keys:",
        "",
        *fenced("mermaid", _overview(links, cluster_of)),
    ]
    for cluster, (purpose, tables) in CLUSTERS.items():
        lines += ["", f"## {cluster}", "", purpose, ""]
        lines += [", ".join(f"[{table}](../reference/tables.md#erp{table})" for table in tables), ""]
        lines += fenced("mermaid", _diagram(tables, keys, links))
    return "\n".join(lines) + "\n"


def _overview(links: list[dict[str, Any]], cluster_of: Mapping[str, str]) -> str:
    between: dict[tuple[str, str], int] = {}
    for link in links:
        ends = cluster_of[link["table_name"]], cluster_of[link["target_name"]]
        if ends[0] != ends[1]:
            between[ends] = between.get(ends, 0) + 1
    names = {cluster: f"c{number}" for number, cluster in enumerate(CLUSTERS, 1)}
    lines = ["flowchart LR", *(f'    {name}["{cluster}"]' for cluster, name in names.items())]
    lines += [f"    {names[one]} -->|{count}| {names[other]}" for (one, other), count in sorted(between.items())]
    return "\n".join(lines)


def _diagram(tables: tuple[str, ...], keys: Mapping[str, list[str]], links: list[dict[str, Any]]) -> str:
    lines = ["erDiagram"]
    for table in tables:
        columns = [column for column in keys[table] if column != "company_id"] or ["company_id"]
        lines += [f"    {table} {{", *(f"        key {column}" for column in columns), "    }"]
    for link in links:
        if link["table_name"] in tables:
            many = "o|" if link["one_to_one"] else "o{"
            one = "|o" if link["optional"] else "||"
            label = ", ".join(link["column_names"])
            lines.append(f'    {link["target_name"]} {one}--{many} {link["table_name"]} : "{label}"')
    return "\n".join(lines)
