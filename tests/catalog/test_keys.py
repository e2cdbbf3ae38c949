"""Every table refuses by itself, whoever writes, a second row with one of its keys, and a row that names nothing."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.errors import ForeignKeyViolation, UniqueViolation

VALUES = dict.fromkeys(("smallint", "integer", "bigint"), ("1", "2")) | {
    "text": ("'x'", "'y'"),
    "date": ("'2026-03-01'", "'2026-03-02'"),
    "uuid": ("'00000000-0000-0000-0000-000000000001'", "'00000000-0000-0000-0000-000000000002'"),
}
"""Two values of each type that keys are of."""

NULL_IS_A_VALUE = {
    "lot_code_key": ["item_variant_id"],
    "stock_balance_key": ["item_variant_id", "lot_id", "location_id"],
    "warehouse_rule_key": ["site_id", "item_id"],
}
"""Keys in which two nulls are the same, and where."""

KEYS: dict[str, dict[str, str]] = {
    "company": {"company_code_key": "company_code", "company_pkey": "company_id"},
    "company_member": {"company_member_pkey": "company_id, member_role"},
    "item": {
        "item_code_key": "company_id, item_code",
        "item_id_code_key": "company_id, item_id, item_code",
        "item_pkey": "company_id, item_id",
    },
    "item_location": {"item_location_pkey": "company_id, item_id, warehouse_id, location_id"},
    "item_mrp_parameter": {"item_mrp_parameter_pkey": "company_id, item_id"},
    "item_variant": {
        "item_variant_code_key": "company_id, item_id, variant_code",
        "item_variant_item_key": "company_id, item_id, item_variant_id",
        "item_variant_pkey": "company_id, item_variant_id",
    },
    "job_order": {
        "job_order_id_number_key": "company_id, job_order_id, job_year, job_number",
        "job_order_number_key": "company_id, job_year, job_number",
        "job_order_pkey": "company_id, job_order_id",
    },
    "location": {
        "location_code_key": "company_id, warehouse_id, location_code",
        "location_pkey": "company_id, location_id",
        "location_warehouse_key": "company_id, warehouse_id, location_id",
    },
    "lot": {
        "lot_code_key": "company_id, item_id, lot_code, item_variant_id",
        "lot_item_key": "company_id, item_id, lot_id",
        "lot_pkey": "company_id, lot_id",
    },
    "material_lot": {"material_lot_pkey": "company_id, production_order_id, line, lot_id"},
    "material_lot_before_release": {
        "material_lot_before_release_pkey": "company_id, production_order_id, line, lot_id",
    },
    "movement_reason": {
        "movement_reason_code_key": "company_id, warehouse_id, reason_code",
        "movement_reason_pkey": "company_id, movement_reason_id",
        "movement_reason_warehouse_key": "company_id, warehouse_id, movement_reason_id",
    },
    "production_declaration": {"production_declaration_pkey": "company_id, production_declaration_id"},
    "production_order": {
        "production_order_number_key": "company_id, order_year, order_number, order_lot",
        "production_order_pkey": "company_id, production_order_id",
    },
    "production_order_material": {
        "production_order_material_item_key": "company_id, production_order_id, line, item_id",
        "production_order_material_pkey": "company_id, production_order_id, line",
    },
    "production_order_phase": {"production_order_phase_pkey": "company_id, production_order_id, phase, sub_phase"},
    "production_order_split": {
        "production_order_split_pkey": "company_id, production_order_id",
        "production_order_split_remainder_key": "company_id, remainder_order_id",
    },
    "production_parameter": {"production_parameter_pkey": "company_id"},
    "released_material": {"released_material_pkey": "company_id, production_order_id, line"},
    "removed_stock_movement": {"removed_stock_movement_pkey": "company_id, record_date, stock_record_id, line"},
    "removed_stock_record": {"removed_stock_record_pkey": "company_id, record_date, stock_record_id"},
    "run": {"run_pkey": "company_id, run_id", "run_request_key": "company_id, request_key"},
    "run_order": {"run_order_pkey": "company_id, run_id, ordinal"},
    "run_place": {"run_place_key": "company_id, place", "run_place_pkey": "company_id, run_id"},
    "run_place_counter": {"run_place_counter_pkey": "company_id"},
    "run_row": {"run_row_pkey": "company_id, run_id, ordinal"},
    "site": {
        "site_code_key": "company_id, site_code",
        "site_id_code_key": "company_id, site_id, site_code",
        "site_pkey": "company_id, site_id",
    },
    "stock_balance": {"stock_balance_key": "company_id, warehouse_id, item_id, item_variant_id, lot_id, location_id"},
    "stock_document": {"stock_document_pkey": "company_id, document_key"},
    "stock_movement": {"stock_movement_pkey": "company_id, record_date, stock_record_id, line"},
    "stock_record": {
        "stock_record_number_key": "company_id, warehouse_id, record_date, record_number",
        "stock_record_pkey": "company_id, record_date, stock_record_id",
        "stock_record_warehouse_key": "company_id, record_date, stock_record_id, warehouse_id",
    },
    "stock_record_counter": {"stock_record_counter_pkey": "company_id, warehouse_id, record_date"},
    "warehouse": {"warehouse_code_key": "company_id, warehouse_code", "warehouse_pkey": "company_id, warehouse_id"},
    "warehouse_rule": {
        "warehouse_rule_key": "company_id, level, site_id, item_id, section",
        "warehouse_rule_pkey": "company_id, warehouse_rule_id",
    },
}
"""By table and key: in which columns no two rows are alike."""

REFERENCES: dict[str, dict[str, str]] = {
    "company_member": {"company_member_company_fkey": "company"},
    "item": {"item_company_fkey": "company"},
    "item_location": {"item_location_item_fkey": "item", "item_location_location_fkey": "location"},
    "item_mrp_parameter": {"item_mrp_parameter_item_fkey": "item"},
    "item_variant": {"item_variant_item_fkey": "item"},
    "job_order": {"job_order_company_fkey": "company", "job_order_site_fkey": "site"},
    "location": {"location_warehouse_fkey": "warehouse"},
    "lot": {"lot_item_fkey": "item", "lot_item_variant_fkey": "item_variant", "lot_registration_run_fkey": "run"},
    "material_lot": {"material_lot_lot_fkey": "lot", "material_lot_material_fkey": "production_order_material"},
    "material_lot_before_release": {
        "material_lot_before_release_lot_fkey": "lot",
        "material_lot_before_release_material_fkey": "production_order_material",
    },
    "movement_reason": {
        "movement_reason_counterpart_fkey": "movement_reason",
        "movement_reason_location_fkey": "location",
        "movement_reason_warehouse_fkey": "warehouse",
    },
    "production_declaration": {
        "production_declaration_order_fkey": "production_order",
        "production_declaration_phase_fkey": "production_order_phase",
        "production_declaration_registration_run_fkey": "run",
    },
    "production_order": {
        "production_order_item_fkey": "item",
        "production_order_item_variant_fkey": "item_variant",
        "production_order_job_order_fkey": "job_order",
        "production_order_load_reason_fkey": "movement_reason",
        "production_order_load_warehouse_fkey": "warehouse",
        "production_order_release_run_fkey": "run",
        "production_order_short_close_run_fkey": "run",
    },
    "production_order_material": {
        "production_order_material_item_fkey": "item",
        "production_order_material_item_variant_fkey": "item_variant",
        "production_order_material_location_fkey": "location",
        "production_order_material_order_fkey": "production_order",
        "production_order_material_phase_fkey": "production_order_phase",
        "production_order_material_reason_fkey": "movement_reason",
    },
    "production_order_phase": {
        "production_order_phase_machine_site_fkey": "site",
        "production_order_phase_order_fkey": "production_order",
    },
    "production_order_split": {
        "production_order_split_order_fkey": "production_order",
        "production_order_split_remainder_fkey": "production_order",
    },
    "production_parameter": {"production_parameter_company_fkey": "company"},
    "released_material": {
        "released_material_wip_location_fkey": "location",
        "released_material_wip_reason_fkey": "movement_reason",
        "released_material_wip_warehouse_fkey": "warehouse",
    },
    "removed_stock_movement": {"removed_stock_movement_record_fkey": "removed_stock_record"},
    "removed_stock_record": {"removed_stock_record_removal_run_fkey": "run", "removed_stock_record_run_fkey": "run"},
    "run": {"run_company_fkey": "company"},
    "run_order": {"run_order_run_fkey": "run"},
    "run_place": {"run_place_run_fkey": "run"},
    "run_place_counter": {"run_place_counter_company_fkey": "company"},
    "run_row": {"run_row_run_fkey": "run"},
    "site": {"site_company_fkey": "company"},
    "stock_balance": {"stock_balance_item_fkey": "item", "stock_balance_warehouse_fkey": "warehouse"},
    "stock_document": {"stock_document_removal_run_fkey": "run", "stock_document_run_fkey": "run"},
    "stock_movement": {
        "stock_movement_item_fkey": "item",
        "stock_movement_item_variant_fkey": "item_variant",
        "stock_movement_location_fkey": "location",
        "stock_movement_lot_fkey": "lot",
        "stock_movement_record_fkey": "stock_record",
    },
    "stock_record": {
        "stock_record_declaration_fkey": "production_declaration",
        "stock_record_document_fkey": "stock_document",
        "stock_record_job_order_fkey": "job_order",
        "stock_record_order_fkey": "production_order",
        "stock_record_reason_fkey": "movement_reason",
        "stock_record_run_fkey": "run",
    },
    "stock_record_counter": {"stock_record_counter_warehouse_fkey": "warehouse"},
    "warehouse": {"warehouse_company_fkey": "company", "warehouse_site_fkey": "site"},
    "warehouse_rule": {
        "warehouse_rule_company_fkey": "company",
        "warehouse_rule_issue_fkey": "movement_reason",
        "warehouse_rule_item_fkey": "item",
        "warehouse_rule_load_fkey": "movement_reason",
        "warehouse_rule_semi_finished_issue_fkey": "movement_reason",
        "warehouse_rule_site_fkey": "site",
        "warehouse_rule_warehouse_fkey": "warehouse",
    },
}
"""By table and foreign key: of which table it wants a row."""


def stripped(connection: psycopg.Connection, table: str, kept: str, kinds: str) -> None:
    """Leave a table nothing to refuse rows by but one key, and what is not of these kinds."""
    connection.execute(f"alter table erp.{table} disable trigger user".encode())
    others = connection.execute(
        "select conname from pg_constraint where conrelid = %s::regclass and conname <> %s and contype = any(%s)"
        " order by contype = 'f' desc",
        [f"erp.{table}", kept, list(kinds)],
    ).fetchall()
    for (name,) in others:
        connection.execute(f"alter table erp.{table} drop constraint {name} cascade".encode())
    if "u" in kinds:
        for (name,) in connection.execute(
            "select indexrelid::regclass::text from pg_index where indrelid = %s::regclass and indisunique"
            " and indexrelid <> %s::regclass",
            [f"erp.{table}", f"erp.{kept}"],
        ).fetchall():
            connection.execute(f"drop index {name}".encode())
    for name, identity in connection.execute(
        "select attname, attidentity <> '' from pg_attribute as a where attrelid = %s::regclass and attnotnull"
        " and attnum > 0 and not exists (select from pg_index as i where i.indrelid = a.attrelid and i.indisprimary"
        " and a.attnum = any(i.indkey))",
        [f"erp.{table}"],
    ).fetchall():
        if identity:
            connection.execute(f"alter table erp.{table} alter column {name} drop identity".encode())
        connection.execute(f"alter table erp.{table} alter column {name} drop not null".encode())


def values_of(connection: psycopg.Connection, table: str) -> dict[str, tuple[str, str]]:
    """Return two values of each column of a table that may be of a key."""
    found = connection.execute(
        "select attname, atttypid::regtype::text from pg_attribute where attrelid = %s::regclass and attnum > 0",
        [f"erp.{table}"],
    ).fetchall()
    return {name: VALUES[type_name] for name, type_name in found if type_name in VALUES}


def insert(connection: psycopg.Connection, table: str, row: dict[str, str]) -> None:
    columns, values = ", ".join(row), ", ".join(row.values())
    connection.execute(f"insert into erp.{table} ({columns}) overriding system value values ({values})".encode())


@pytest.mark.parametrize("table", KEYS)
def test_a_table_takes_no_two_rows_with_one_key_and_any_two_that_differ_in_it(
    rilascio: psycopg.Connection, table: str
) -> None:
    values = values_of(rilascio, table)
    for key, columns in KEYS[table].items():
        row = {column: values[column][0] for column in columns.split(", ")}
        with rilascio.transaction(force_rollback=True):
            stripped(rilascio, table, key, "cfpu")
            insert(rilascio, table, row)
            for column in row:
                insert(rilascio, table, row | {column: values[column][1]})
            with pytest.raises(UniqueViolation) as refused, rilascio.transaction():
                insert(rilascio, table, row)
            assert refused.value.diag.constraint_name == key
            if key in NULL_IS_A_VALUE:
                without = row | dict.fromkeys(NULL_IS_A_VALUE[key], "null")
                insert(rilascio, table, without)
                with pytest.raises(UniqueViolation), rilascio.transaction():
                    insert(rilascio, table, without)


@pytest.mark.parametrize("table", REFERENCES)
def test_a_table_takes_no_row_that_names_what_there_is_not(rilascio: psycopg.Connection, table: str) -> None:
    values = values_of(rilascio, table)
    for key in REFERENCES[table]:
        columns = rilascio.execute(
            "select attname from pg_constraint inner join pg_attribute on attrelid = conrelid"
            " and (attnum = any(conkey) or attnum = any("
            " select unnest(indkey) from pg_index where indrelid = conrelid and indisprimary))"
            " where conrelid = %s::regclass and conname = %s",
            [f"erp.{table}", key],
        ).fetchall()
        with rilascio.transaction(force_rollback=True):
            stripped(rilascio, table, key, "cf")
            rilascio.execute("set constraints all immediate")
            with pytest.raises(ForeignKeyViolation) as refused, rilascio.transaction():
                insert(rilascio, table, {column: values[column][0] for (column,) in columns})
            assert refused.value.diag.constraint_name == key


def test_every_key_and_every_reference_is_tried(rilascio: psycopg.Connection) -> None:
    keys = rilascio.execute(
        "select t.relname, k.relname from pg_index as i inner join pg_class as t on t.oid = i.indrelid"
        " inner join pg_class as k on k.oid = i.indexrelid"
        " where t.relnamespace = 'erp'::regnamespace and i.indisunique and not t.relispartition"
    ).fetchall()
    assert sorted(keys) == sorted((table, key) for table, names in KEYS.items() for key in names)
    references = rilascio.execute(
        "select t.relname, k.conname, r.relname from pg_constraint as k inner join pg_class as t on t.oid = k.conrelid"
        " inner join pg_class as r on r.oid = k.confrelid where k.connamespace = 'erp'::regnamespace"
        " and k.contype = 'f' and k.conparentid = 0"
    ).fetchall()
    assert sorted(references) == sorted((table, *one) for table, names in REFERENCES.items() for one in names.items())
    excluded = rilascio.execute("select from pg_constraint where contype = 'x'").fetchall()
    assert excluded == []
