"""What a client may rely on in each view of erp_api: what is unique in it, and which of its columns are never null.

A view has no constraints that a mapper of objects could read, so it is told here. A column that is not named may be
null. `tests/views/test_view_keys.py` holds it against the catalog and against what stories leave in the views.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ViewKeys:
    """The keys of a view, each a set of columns with a row at most for each of its values, and the columns that are
    never null, those of the first key among them."""

    unique: tuple[tuple[str, ...], ...]
    never_null: frozenset[str]


def _keys(*unique: str, never_null: str) -> ViewKeys:
    keys = tuple(tuple(key.split()) for key in unique)
    return ViewKeys(keys, frozenset([*never_null.split(), *(keys[0] if keys else ())]))


_ORDER = (
    "order_year order_number order_lot status item_code item_description quantity produced_quantity uom level late"
    " created_at created_by changed_at changed_by"
)
_MOVEMENT = "run_id warehouse_code record_number reason_code item_code quantity uom counterpart"
_OUTCOMES = (
    "order_count released_count split_count restored_count declared_count registered_count rolled_back_count"
    " deleted_count refused_count unknown_count row_count created_count changed_count posted_count removed_count"
    " closed_count reopened_count archived_count unchanged_count merged_count"
)

VIEW_KEYS = {
    "declaration_grid": _keys(
        "company_id declaration_id",
        never_null="order_id order_year order_number order_lot order_status item_code item_description order_quantity"
        " uom phase sub_phase phase_description kind declared_at good_quantity scrap_quantity registered record_count"
        " movement_count closes_order created_at created_by",
    ),
    "declaration_movement_grid": _keys(
        "company_id record_date stock_record_id line", never_null=f"{_MOVEMENT} declaration_id order_id resolved_by"
    ),
    "lock_wait": _keys(never_null="waiting_pid waits_for blocking_pid"),
    "material_grid": _keys(
        "company_id order_id material_line",
        "company_id order_year order_number order_lot material_line",
        never_null="order_year order_number order_lot order_status order_item_code item_code item_description uom"
        " movable required_quantity picked_quantity issued_quantity open_quantity",
    ),
    "movement_history": _keys(
        "company_id record_date stock_record_id line", never_null=f"{_MOVEMENT} in_force made_at made_by"
    ),
    "my_companies": _keys(
        "company_id",
        "company_code",
        never_null="company_code description today may_read may_release may_restore may_write"
        " may_archive_history feed_begins_after",
    ),
    "reason_code": _keys("code language", never_null="severity meaning message_pattern hint"),
    "release_grid": _keys("company_id order_id", "company_id order_year order_number order_lot", never_null=_ORDER),
    "restore_grid": _keys(
        "company_id order_id",
        "company_id order_year order_number order_lot",
        never_null=f"{_ORDER} record_count movement_count restorable blockers",
    ),
    "restore_movement_grid": _keys(
        "company_id record_date stock_record_id line", never_null=f"{_MOVEMENT} order_id material_line resolved_by"
    ),
    "run_history": _keys(
        "company_id run_id",
        "company_id place",
        never_null=f"kind started_at session_role caller_role application_name arguments {_OUTCOMES}",
    ),
    "run_order_history": _keys(
        "company_id run_id ordinal",
        never_null="order_lot outcome record_count movement_count reasons kind started_at caller_role",
    ),
    "run_row_history": _keys(
        "company_id run_id ordinal",
        never_null="kind place key outcome record_count movement_count reasons run_kind started_at caller_role",
    ),
}
"""Of every view of erp_api."""
