"""Every table refuses by itself, whoever writes, the rows that its check constraints name."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.errors import CheckViolation

QUANTITY = ["-1", "'1e15'", "'NaN'", "'Infinity'"]
"""What no quantity is that may be 0."""

REFUSED: dict[str, dict[str, list[str]]] = {
    "company": {"company_code_filled": ["company_code = ''"]},
    "company_member": {"company_member_role_filled": ["member_role = ''"]},
    "item": {
        "item_block_days_range": ["expiry_block_days = -1", "expiry_block_days = 100001"],
        "item_code_filled": ["item_code = ''"],
        "item_decimals_range": ["quantity_decimals = -1", "quantity_decimals = 11"],
        "item_lot_policy_known": ["lot_policy = 'lifo'"],
        "item_tracking_known": ["tracking = 'serial'"],
    },
    "item_mrp_parameter": {
        "item_mrp_parameter_picking_known": ["picking_type = 'never'"],
        "item_mrp_parameter_procurement_known": ["procurement_type = 'gift'"],
    },
    "item_variant": {"item_variant_code_filled": ["variant_code = ''"]},
    "job_order": {
        "job_order_site_whole": ["site_id = 1", "copied_site_code = 'ROME'"],
        "job_order_status_known": ["status = 'closed'"],
    },
    "location": {"location_code_filled": ["location_code = ''"]},
    "lot": {"lot_code_filled": ["lot_code = ''"], "lot_state_known": ["state = 'lost'"]},
    "material_lot": {
        "material_lot_quantity_range": [f"quantity = {one}" for one in ("0", "'1e15'", "'NaN'", "'Infinity'")]
    },
    "material_lot_before_release": {
        "material_lot_before_release_quantities": [
            "quantity = 0", "kept_quantity = -1", "quantity = 1, kept_quantity = 1.5"
        ]
    },
    "movement_reason": {
        "movement_reason_code_length": ["reason_code = ''", "reason_code = 'FOUR'"],
        "movement_reason_counterpart_whole": ["counterpart_warehouse_id = 1", "counterpart_movement_reason_id = 1"],
        "movement_reason_direction_known": ["direction = 'sideways'"],
    },
    "production_declaration": {
        "production_declaration_closed_by_closing": ["kind = 'progress', closed_order = true, registration_run_id = 1"],
        "production_declaration_declared_finite": ["declared_at = 'infinity'", "declared_at = '-infinity'"],
        "production_declaration_facts_registered": ["produced_quantity = 1", "closed_order = true"],
        "production_declaration_good_range": [f"good_quantity = {one}" for one in QUANTITY],
        "production_declaration_kind_known": ["kind = 'pause'"],
        "production_declaration_lot_filled": ["lot_code = ''"],
        "production_declaration_produced_range": [
            "registration_run_id = 1, produced_quantity = -1",
            "registration_run_id = 1, produced_quantity = 2, good_quantity = 1",
        ],
        "production_declaration_scrap_range": [f"scrap_quantity = {one}" for one in QUANTITY],
    },
    "production_order": {
        "production_order_job_whole": [
            "job_order_id = 1", "copied_job_year = 2026", "copied_job_number = 1",
            "job_order_id = 1, copied_job_year = 1",
        ],
        "production_order_level_from_one": ["level = 0"],
        "production_order_load_whole": ["load_movement_reason_id = 1"],
        "production_order_lot_from_zero": ["order_lot = -1"],
        "production_order_produced_range": [f"produced_quantity = {one}" for one in QUANTITY],
        "production_order_quantity_before_range": [f"quantity_before = {one}" for one in QUANTITY],
        "production_order_quantity_range": ["quantity = 0", *(f"quantity = {one}" for one in QUANTITY[1:])],
        "production_order_released_whole": ["release_run_id = 1", "released_at = '2026-01-01'"],
        "production_order_status_known": ["status = 'lost'"],
    },
    "production_order_material": {
        "production_order_material_line_from_one": ["line = 0"],
        "production_order_material_location_placed": ["location_id = 1"],
        "production_order_material_phase_whole": ["phase = 10", "sub_phase = 0"],
        "production_order_material_picked_range": [f"picked_quantity = {one}" for one in QUANTITY],
        "production_order_material_scrap_range": ["scrap_percent = -1", "scrap_percent = 1e6", "scrap_percent = 'NaN'"],
        "production_order_material_source_whole": ["warehouse_id = 1", "movement_reason_id = 1"],
        "production_order_material_unit_range": [
            f"unit_quantity = {one}" for one in ("'-1e15'", "'1e15'", "'NaN'", "'-Infinity'", "'Infinity'")
        ],
    },
    "production_order_split": {
        "production_order_split_not_itself": ["production_order_id = 1, remainder_order_id = 1"],
        "production_order_split_quantities": ["quantity = 0", "quantity = '1e15'", "quantity = 'NaN'"],
    },
    "production_parameter": {
        "production_parameter_over_production_range": [
            "over_production_percent = -1", "over_production_percent = 1e6", "over_production_percent = 'NaN'"
        ],
        "production_parameter_period_finite": ["period_start = '-infinity'", "period_end = 'infinity'"],
        "production_parameter_period_order": ["period_start = '2026-01-02', period_end = '2026-01-01'"],
    },
    "released_material": {
        "released_material_line_from_one": ["line = 0"],
        "released_material_picking_known": ["picking_type = 'never', procurement_type = 'purchase'"],
        "released_material_procurement_known": ["picking_type = 'manual', procurement_type = 'gift'"],
        "released_material_types_whole": ["picking_type = 'manual'", "procurement_type = 'purchase'"],
        "released_material_wip_manual": [
            "movable = false, wip_warehouse_id = 1, wip_resolved_by = 'site'",
            "wip_warehouse_id = 1, wip_resolved_by = 'site', movable = true, picking_type = 'with_list',"
            " procurement_type = 'purchase'",
        ],
        "released_material_wip_resolved_known": ["wip_resolved_by = 'material'"],
        "released_material_wip_whole": [
            "wip_location_id = 1", "wip_movement_reason_id = 1", "wip_resolved_by = 'site'",
            "wip_warehouse_id = 1, movable = true, picking_type = 'manual', procurement_type = 'purchase'",
        ],
    },
    "removed_stock_movement": {
        "removed_stock_movement_line_from_one": ["line = 0"],
        "removed_stock_movement_material_line_from_one": ["material_line = 0"],
    },
    "run": {"run_kind_known": ["kind = 'walk'"]},
    "run_order": {
        "run_order_counts": ["record_count = -1", "movement_count = -1"],
        "run_order_ordinal_from_one": ["ordinal = 0"],
        "run_order_outcome_known": ["outcome = 'lost'"],
        "run_order_reasons_array": ["reasons = '{}'"],
    },
    "run_place": {"run_place_from_one": ["place = 0"]},
    "run_place_counter": {
        "run_place_counter_archived": ["archived_place = -1", "archived_place = 2, last_place = 1"],
        "run_place_counter_order": ["place_before = -1", "place_before = 2, last_place = 1"],
    },
    "run_row": {
        "run_row_counts": ["record_count = -1", "movement_count = -1"],
        "run_row_key_object": ["key = '[]'"],
        "run_row_ordinal_from_one": ["ordinal = 0"],
        "run_row_outcome_known": ["outcome = 'lost'"],
        "run_row_place_from_one": ["place = 0"],
        "run_row_reasons_array": ["reasons = '{}'"],
    },
    "site": {"site_code_filled": ["site_code = ''"]},
    "stock_balance": {
        "stock_balance_finite": ["on_hand = 'NaN'", "on_hand = 'Infinity'", "on_hand = '-Infinity'"],
        "stock_balance_lot_not_negative": ["lot_id = 1, on_hand = -0.001"],
    },
    "stock_document": {
        "stock_document_date_finite": ["record_date = 'infinity'", "record_date = '-infinity'"],
        "stock_document_digest_sha256": ["digest = 'short'"],
        "stock_document_key_filled": ["document_key = ''"],
    },
    "stock_movement": {
        "stock_movement_line_from_one": ["line = 0"],
        "stock_movement_material_line_from_one": ["material_line = 0"],
        "stock_movement_picked_material": ["picked = true"],
        "stock_movement_picking_known": ["picking_type = 'never'"],
        "stock_movement_quantity_moves": [f"quantity = {one}" for one in ("0", "'NaN'", "'Infinity'", "'-Infinity'")],
        "stock_movement_resolved_known": ["resolved_by = 'chance'"],
    },
    "stock_record": {
        "stock_record_date_finite": ["record_date = 'infinity'", "record_date = '-infinity'"],
        "stock_record_document_of_run": ["document_key = 'A'"],
        "stock_record_number_from_one": ["record_number = 0"],
        "stock_record_of_run_numbered": ["run_id = 1"],
        "stock_record_order_whole": ["production_order_id = 1", "order_number = 1"],
    },
    "stock_record_counter": {"stock_record_counter_from_one": ["last_number = 0"]},
    "warehouse": {"warehouse_code_filled": ["warehouse_code = ''"]},
    "warehouse_rule": {
        "warehouse_rule_level_keys": [
            "level = 'company', site_id = 1", "level = 'company', item_id = 1", "level = 'site'", "level = 'item'"
        ],
        "warehouse_rule_level_known": ["level = 'machine'"],
        "warehouse_rule_section_known": ["section = 'attic'"],
        "warehouse_rule_semi_finished_wip": ["section = 'finished', semi_finished_issue_movement_reason_id = 1"],
    },
}  # fmt: skip
"""By table and constraint: what a row must not hold, whatever else it holds. What is not named is null."""


@pytest.mark.parametrize("table", REFUSED)
def test_a_table_refuses_what_its_constraints_name(rilascio: psycopg.Connection, table: str) -> None:
    """On a copy of it, in which every column may be null."""
    rilascio.execute(f"create temporary table copied (like erp.{table} including constraints)".encode())
    required = rilascio.execute(
        "select attname from pg_attribute where attrelid = 'copied'::regclass and attnotnull and attnum > 0"
    )
    for (column,) in required.fetchall():
        rilascio.execute(f"alter table copied alter column {column} drop not null".encode())
    for constraint, rows in REFUSED[table].items():
        for row in rows:
            columns, values = zip(*(one.split(" = ") for one in row.split(", ")), strict=True)
            insert = f"insert into copied ({', '.join(columns)}) values ({', '.join(values)})"
            with pytest.raises(CheckViolation) as refused, rilascio.transaction():
                rilascio.execute(insert.encode())
            assert refused.value.diag.constraint_name == constraint, row


def test_every_check_constraint_is_tried(rilascio: psycopg.Connection) -> None:
    found = rilascio.execute(
        "select c.relname, k.conname from pg_constraint as k inner join pg_class as c on c.oid = k.conrelid"
        " where k.connamespace = 'erp'::regnamespace and k.contype = 'c' and not c.relispartition"
    ).fetchall()
    assert sorted(found) == sorted((table, name) for table, names in REFUSED.items() for name in names)
