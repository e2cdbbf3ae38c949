"""The grids as `rilascio grid` shows them: the columns of their tables, and the order of their rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rilascio.declarations import FORWARDS
from rilascio.orders import NUMBER_ORDER

ORDER = "order"
"""A column that tables show instead of year, number and lot: `2026/15`, `2026/15/1`."""


@dataclass(frozen=True)
class Grid:
    """A view as the command line shows it: the columns of a table, and the order of its rows."""

    view: str
    columns: tuple[str, ...]
    sort: tuple[str, ...]
    sparse: tuple[str, ...] = ()
    """Of the columns, those left out of a table in which nobody has a value."""
    droppable: tuple[str, ...] = ()
    """Of the columns, those left out one by one where there is no room."""
    orders: str = ""
    """The view that knows the orders' year, number and lot, where this one has their ids alone."""
    feasibility_columns: tuple[str, ...] = ()
    """Columns of `erp_api.order_feasibility`, which is called for the rows shown where one of them is named."""
    computed: Mapping[str, str] = field(default_factory=dict)
    """Columns that a table shows besides, as SQL on the view `g`."""


RELEASE = Grid(
    "release_grid",
    (ORDER, "item_code", "item_description", "quantity", "uom", "end_date", "late"),
    NUMBER_ORDER,
    droppable=("uom",),
    feasibility_columns=("feasibility", "feasible_quantity", "automatic_material_count"),
)
FEASIBILITY = replace(
    RELEASE,
    columns=(*RELEASE.columns, *RELEASE.feasibility_columns),
    droppable=("automatic_material_count", "uom", "late", "item_description"),
)
RESTORE = Grid(
    "restore_grid",
    (
        ORDER,
        "item_code",
        "item_description",
        "quantity",
        "uom",
        "released_at",
        "movement_count",
        "restorable",
        "blockers",
    ),
    NUMBER_ORDER,
    sparse=("blockers",),
    droppable=("item_description", "uom", "restorable"),
)
MOVEMENTS = Grid(
    "restore_movement_grid",
    (
        ORDER,
        "record_date",
        "warehouse_code",
        "record_number",
        "reason_code",
        "line",
        "item_code",
        "variant_code",
        "lot_code",
        "location_code",
        "quantity",
        "uom",
        "resolved_by",
        "counterpart",
    ),
    ("order_id", "record_date", "warehouse_code", "record_number", "line"),
    sparse=("variant_code", "lot_code", "location_code", "counterpart"),
    droppable=("uom", "resolved_by", "line", "variant_code"),
    orders="restore_grid",
)
MATERIALS = Grid(
    "material_grid",
    (
        ORDER,
        "material_line",
        "item_code",
        "variant_code",
        "item_description",
        "picking_type",
        "required_quantity",
        "picked_quantity",
        "issued_quantity",
        "open_quantity",
        "uom",
    ),
    ("order_id", "material_line"),
    sparse=("variant_code", "picked_quantity", "issued_quantity"),
    droppable=("item_description", "picking_type", "uom"),
)
DECLARATIONS = Grid(
    "declaration_grid",
    (
        "declaration_id",
        ORDER,
        "phase",
        "sub_phase",
        "kind",
        "declared_at",
        "good_quantity",
        "scrap_quantity",
        "uom",
        "lot_code",
        "registered",
        "movement_count",
        "note",
    ),
    FORWARDS,
    sparse=("sub_phase", "lot_code", "note"),
    droppable=("note", "uom", "movement_count", "declared_at", "lot_code"),
)
DECLARATION_MOVEMENTS = replace(
    MOVEMENTS,
    view="declaration_movement_grid",
    columns=("declaration_id", *MOVEMENTS.columns),
    sort=("order_id", "declaration_id", "record_date", "warehouse_code", "record_number", "line"),
    droppable=("uom", "resolved_by", "line", "record_number", "variant_code", "reason_code"),
    orders="declaration_grid",
)
RUNS = Grid(
    "run_history",
    ("run_id", "started_at", "caller_role", "kind", "outcomes", "note"),
    ("run_id:desc",),
    sparse=("note",),
    droppable=("note",),
    computed={
        "outcomes": """
            concat_ws(
                ', ',
                nullif(g.released_count, 0) || ' released',
                nullif(g.split_count, 0) || ' split',
                nullif(g.restored_count, 0) || ' restored',
                nullif(g.declared_count, 0) || ' declared',
                nullif(g.registered_count, 0) || ' registered',
                nullif(g.rolled_back_count, 0) || ' rolled back',
                nullif(g.deleted_count, 0) || ' deleted',
                nullif(g.closed_count, 0) || ' closed',
                nullif(g.reopened_count, 0) || ' reopened',
                nullif(g.archived_count, 0) || ' archived',
                nullif(g.merged_count, 0) || ' merged',
                nullif(g.unchanged_count, 0) || ' unchanged',
                nullif(g.refused_count, 0) || ' refused',
                nullif(g.unknown_count, 0) || ' of them unknown'
            )
        """
    },
)
HISTORY = Grid(
    "run_order_history",
    (
        "run_id",
        "started_at",
        "caller_role",
        "kind",
        ORDER,
        "declaration_id",
        "outcome",
        "record_count",
        "movement_count",
        "note",
    ),
    ("run_id:desc", "ordinal"),
    sparse=("declaration_id", "note"),
    droppable=("record_count", "note", "movement_count", "caller_role"),
)
MOVEMENT_HISTORY = replace(
    MOVEMENTS,
    view="movement_history",
    columns=("run_id", *MOVEMENTS.columns, "removal_run_id"),
    sort=("run_id:desc", "order_id", "record_date", "warehouse_code", "record_number", "line"),
    sparse=(*MOVEMENTS.sparse, "removal_run_id"),
    droppable=("uom", "resolved_by", "line", "record_number", "variant_code", "reason_code"),
    orders="",
)
