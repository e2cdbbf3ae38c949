"""The columns of the table of a kind: what its key is, what a put writes, and what a planned row has."""

from __future__ import annotations

from collections.abc import Sequence

from harness.dev.data_puts.catalog import Tables
from harness.dev.data_puts.references import key_references, references, self_reference
from harness.dev.data_readers import TYPES
from rilascio.loading.files import File


def own_id(file: File) -> list[str]:
    """Return the column of the id that the rows of a kind get, if they do; that of the company is known to all."""
    return [file.identity] if file.identity and file.name != "company" else []


def written_columns(file: File, tables: Tables) -> list[str]:
    """Return the columns that a put writes, in the order of the description, ids in the places of codes."""
    names, known = list[str](), {name for table in file.tables for name in tables.defaults[table]}
    for column in file.columns:
        if file.name == "company" and column.name == "company_code":
            continue
        if column.name in known:
            names.append(column.name)
        else:
            names.append(next(r.identity for r in references(file) if r.code == column.name))
    return names


def self_named_columns(file: File, written: Sequence[str]) -> list[str]:
    """Return the codes by which rows of a call name each other, beside what is written: those of their key, and of the
    reference.
    """
    reference = self_reference(file)
    names = [*file.key, *reference.reference.columns] if reference else []
    return [name for name in names if name not in written]


def key_columns(file: File, tables: Tables) -> list[str]:
    """Return the columns of the table that are the key of the kind, in the order of the key."""
    table = tables.defaults[file.tables[0]]
    ids = {r.code: r.identity for r in key_references(file)}
    return [name if name in table else ids[name] for name in file.key]


def nullable_key_columns(file: File, tables: Tables) -> list[str]:
    """Return those columns of the key that may be null; null equals null."""
    pairs = zip(file.key, key_columns(file, tables), strict=True)
    return [column for name, column in pairs if name in file.nullable_key]


def plan_attributes(file: File, tables: Tables) -> list[tuple[str, str]]:
    """Return names and types of a planned row, as `erp_internal.KIND_plan` has them."""
    written = written_columns(file, tables)
    types = {column.name: TYPES[column.kind] for column in file.columns}
    named = [(column, "text") for column in self_named_columns(file, written)]
    return [
        ("ordinal", "integer"),
        ("row_ctid", "tid"),
        *((name, "bigint") for name in own_id(file)),
        *((name, types.get(name, "bigint")) for name in written),
        *named,
        *([("missing", "boolean")] if named else []),
        ("differs", "boolean"),
        ("guarded", "text []"),
        ("faults", "erp_internal.cell_fault []"),
    ]
