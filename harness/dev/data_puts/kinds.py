"""The kinds of master data, and what neither the description of the load format nor the catalog says of them."""

from __future__ import annotations

from collections.abc import Mapping

from rilascio.loading.files import FILE

KINDS = (
    "company",
    "site",
    "warehouse",
    "location",
    "movement_reason",
    "item",
    "item_variant",
    "warehouse_rule",
    "item_location",
    "item_mrp_parameter",
    "job_order",
    "lot",
)
"""Master data, each kind after those that it names; job orders before lots, as runs lock them."""

GUARDED: Mapping[str, tuple[str, ...]] = {
    "company": tuple(
        c.name for c in FILE["company"].columns if c.name not in ("company_code", "description", "notify_runs")
    ),
    "warehouse": ("allow_negative_stock", "check_location"),
    "location": ("blocked",),
    "movement_reason": ("direction",),
    "item": ("tracking", "uom", "quantity_decimals"),
}
"""Columns that runs decide by: they change under the configuration, locked for this call alone."""

JUDGED = ("company", "warehouse", "movement_reason", "item")
"""Kinds whose guarded columns may be kept by what stands on them: `refuse_KIND_changes` tells."""

PARENTS = {"location": "warehouse", "movement_reason": "warehouse", "item_variant": "item", "lot": "item_variant"}
"""Whose id a lookup by code wants first."""

LOCKED_BY_ID = ("job_order",)
"""Kinds that runs lock by id: those that are there come first, in that order."""

EMPTIED = {
    "warehouse": ("stock_balance", "stock_record_counter"),
    "location": ("stock_balance",),
    "item": ("stock_balance",),
    "item_variant": ("stock_balance",),
    "lot": ("stock_balance",),
}
"""What is no use of a row but goes with it: balance rows at zero, and counters of numbers."""

BY_VALUE = {
    "warehouse": ("removed_stock_record",),
    "movement_reason": ("removed_stock_record",),
    "item": ("removed_stock_movement",),
    "item_variant": ("removed_stock_movement",),
    "location": ("removed_stock_movement",),
}
"""Tables that name a row without a foreign key: the history is shown with its codes. That of lots keeps them."""
