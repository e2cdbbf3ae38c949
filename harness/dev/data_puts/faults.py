"""What `plan_KIND` finds wrong with a row, each as a fault of a cell: SQL over the merged row `x`."""

from __future__ import annotations

from typing import NamedTuple

from harness.dev.data_puts.references import (
    Resolved,
    key_references,
    planned_id,
    references,
    self_reference,
    taken_columns,
)
from harness.dev.data_readers import read_only
from harness.dev.sql_text import lines, quoted
from rilascio.loading.files import File


class Fault(NamedTuple):
    """When a cell is wrong, and what is said of it: `cell` and `expected` are SQL too."""

    condition: str
    column: str
    code: str
    cell: str
    expected: str


def faults_array(file: File) -> str:
    """The array of the faults of a row."""
    found = [*_values_required(file), *_unknown_references(file), *_rules_broken(file), *_read_only_values(file)]
    if file.name == "company":
        found.append(_other_company())
    cases = [f"case when {fault.condition}\n                then {_fault_row(fault)} end" for fault in found]
    return f"pg_catalog.array_remove(array[\n            {lines(cases, 12)}\n        ], null)"


def _fault_row(fault: Fault) -> str:
    return f"""\
erp_internal.cell_fault(
                    p_ordinal => x.ordinal, p_parent => null, p_place => x.place, p_column_name => '{fault.column}', \
p_code => '{fault.code}',
                    p_cell => {fault.cell},
                    p_expected => {fault.expected}
                )"""


def _values_required(file: File) -> list[Fault]:
    return [
        Fault(f"x.differs and x.{column.name} is null", column.name, "value_required", "null", "null")
        for column in file.columns
        if column.required and column.name not in file.key
    ]


def _unknown_references(file: File) -> list[Fault]:
    """Codes that name no row; those that may name one of the same call are judged when the call is put."""
    own = self_reference(file)
    return [
        Fault(
            " and ".join(_unknown_conditions(file, resolved)),
            resolved.code,
            "unknown_reference",
            _shown_cell(resolved.code),
            quoted(resolved.target.name),
        )
        for resolved in references(file)
        if resolved != own
    ]


def _unknown_conditions(file: File, resolved: Resolved) -> list[str]:
    """Return when a code is unknown: a parent that is unknown is the fault of another cell."""
    conditions = ["x.differs", f"x.{resolved.code} is not null", f"{planned_id(file, resolved)} is null"]
    for parent in resolved.parents:
        if parent.code not in parent.target.nullable_key:
            known = f"{planned_id(file, parent)} is not null"
            optional = parent.target.name == "item_variant"
            conditions.append(f"(x.{parent.code} is null or {known})" if optional else known)
    return conditions


def _rules_broken(file: File) -> list[Fault]:
    """Rules across columns; what they ask about the rows that the key names is taken with these."""
    taken = [name for resolved in key_references(file) for name in taken_columns(resolved)]
    found = list[Fault]()
    for rule in file.rules:
        broken = rule.broken
        for name in taken:
            broken = broken.replace(f"x.{name}", f"x.taken_{name}")
        cell, reason = _shown_cell(rule.column), quoted(rule.reason)
        found.append(Fault(f"x.differs and {broken}", rule.column, "rule_broken", cell, reason))
    return found


def _read_only_values(file: File) -> list[Fault]:
    """Values that are shown and may be sent back, but are others than those that are there."""
    found = list[Fault]()
    for name in read_only(file):
        of_company = name == "company_id"
        actual = "p_company_id::text" if of_company else f"x.old_{name}"
        there = "" if of_company else "x.row_ctid is not null and "
        condition = f"{there}x.cells ? '{name}' and nullif(x.cells ->> '{name}', '') is distinct from {actual}"
        found.append(Fault(condition, name, "read_only_value", f"pg_catalog.left(x.cells ->> '{name}', 60)", actual))
    return found


def _other_company() -> Fault:
    condition = """\
x.cells ? 'company_code' and nullif(x.cells ->> 'company_code', '') is distinct from (
                    select c.company_code from erp.company as c where c.company_id = p_company_id
                )"""
    cell = "pg_catalog.left(x.cells ->> 'company_code', 60)"
    return Fault(condition, "company_code", "unknown_reference", cell, "'company'")


def _shown_cell(column: str) -> str:
    return f"pg_catalog.left(x.{column}::text, 60)"
