"""Rows are built by name: what changes places in a source is told, and the shipped sources are in order."""

import dataclasses

import psycopg
import pytest

from rilascio.deployment.bundle import Bundle, Source

pytest.importorskip("pglast", reason="what reads SQL comes with make lint")
from harness.dev.row_names import plan_types, row_errors


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    return Bundle.shipped().sources()


def test_the_sources_build_every_row_by_name(rilascio: psycopg.Connection, sources: list[Source]) -> None:
    assert row_errors(sources, plan_types(rilascio)) == []


WAREHOUSE_AND_REASON = (
    "coalesce(m.warehouse_id, 0) as own_warehouse_id,\n            "
    "coalesce(m.movement_reason_id, 0) as own_movement_reason_id,"
)
REASON_AND_WAREHOUSE = (
    "coalesce(m.movement_reason_id, 0) as own_movement_reason_id,\n            "
    "coalesce(m.warehouse_id, 0) as own_warehouse_id,"
)


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        (
            "internal/resolve/material_needs",
            WAREHOUSE_AND_REASON,
            REASON_AND_WAREHOUSE,
            "a row of material_need: column 24 is own_movement_reason_id, not own_warehouse_id",
        ),
        (
            "internal/resolve/material_needs",
            "u::erp_internal.unmoved_material",
            "(m.ordinal, m.production_order_id, m.line, true, 'manual', 'purchase')::erp_internal.unmoved_material",
            "a row of unmoved_material: is built by position",
        ),
        (
            "internal/plan/allocation",
            "p_lot_id, p_location_id, p_quantity,",
            "p_location_id, p_lot_id, p_quantity,",
            "a row of allocation: column 3 is p_location_id, not p_lot_id",
        ),
        (
            "internal/resolve/resolve_needs",
            "r.warehouse_id,\n        r.movement_reason_id,",
            "r.movement_reason_id,\n        r.warehouse_id,",
            "what is returned: column 19 is movement_reason_id, not warehouse_id",
        ),
        (
            "internal/plan/plan_movements",
            "m.added_quantity as quantity,",
            "m.added_quantity,",
            "what is returned: column 16 is added_quantity, not quantity",
        ),
        (
            "procedures/preview_release",
            "w.material_line, w.item_code, w.variant_code, w.lot_code,\n        w.location_code",
            "w.material_line, w.variant_code, w.item_code, w.lot_code,\n        w.location_code",
            "what is returned: column 6 is variant_code, not item_code",
        ),
        (
            "internal/write/remove_records",
            "r.warehouse_id, r.movement_reason_id, r.record_number,",
            "r.movement_reason_id, r.warehouse_id, r.record_number,",
            "insert: movement_reason_id stands where warehouse_id belongs",
        ),
        (
            "internal/plan/plan_refusals",
            "d.item_id, d.item_variant_id, r.warehouse_id, null::date",
            "d.item_variant_id, d.item_id, r.warehouse_id, null::date",
            "a branch of a union: item_variant_id stands where item_id belongs",
        ),
    ],
    ids=["whole row", "positional", "constructor", "setof", "later branch", "table", "insert", "union"],
)
def test_two_columns_that_change_places_are_told(
    rilascio: psycopg.Connection, sources: list[Source], name: str, old: str, new: str, problem: str
) -> None:
    source = next(s for s in sources if s.name == name)
    assert source.text.count(old) == 1
    changed = dataclasses.replace(source, text=source.text.replace(old, new))
    assert f"{source.path}: {problem}" in row_errors([changed], plan_types(rilascio))
