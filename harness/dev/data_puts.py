"""The functions that put and delete master data, written from the one description of the load format and the catalog.

For every kind of master data there are, in `sql/procedures/internal/data`:

- `plan_KIND` compares sent rows with those that are there, merges them (R70), resolves what is to be written and tells
  what is wrong with it;
- `put_KIND` writes what is planned;
- `uses_of_KIND`, of what has an id, tells who names it, by the foreign keys of the catalog: none is forgotten;
- `delete_KIND` deletes what nobody names.

`put_rows` and `delete_rows` call those of a kind. A test compares the files with what is written here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg

from harness.dev.data_readers import ROOM, TYPES, read_only
from rilascio.loading.files import FILE, Column, File, FileReference
from rilascio.queries import read_query

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
    "company": tuple(c.name for c in FILE["company"].columns if c.name not in ("company_code", "description")),
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

_ITEM = "(select i.item_code from erp.item as i where i.company_id = t.company_id and i.item_id = t.item_id)"
_WAREHOUSE = (
    "(select w.warehouse_code from erp.warehouse as w"
    " where w.company_id = t.company_id and w.warehouse_id = t.warehouse_id)"
)
_ORDER = (
    "(select erp_internal.order_label(o.order_year, o.order_number, o.order_lot) from erp.production_order as o"
    " where o.company_id = t.company_id and o.production_order_id = t.production_order_id)"
)
_DAY = "pg_catalog.to_char(t.record_date, 'YYYY-MM-DD')"
LABELS = {
    "warehouse": "t.warehouse_code",
    "location": f"{_WAREHOUSE} || ' ' || t.location_code",
    "movement_reason": f"{_WAREHOUSE} || ' ' || t.reason_code",
    "warehouse_rule": "t.level || ' ' || t.section",
    "item_variant": f"{_ITEM} || ' ' || t.variant_code",
    "item_location": f"{_ITEM} || ' ' || {_WAREHOUSE}",
    "item_mrp_parameter": _ITEM,
    "lot": f"{_ITEM} || ' ' || t.lot_code",
    "job_order": "t.job_year || '/' || t.job_number",
    "production_order": "erp_internal.order_label(t.order_year, t.order_number, t.order_lot)",
    "production_order_phase": _ORDER,
    "production_order_material": _ORDER,
    "material_lot": _ORDER,
    "material_lot_before_release": _ORDER,
    "released_material": _ORDER,
    "production_declaration": _ORDER,
    "stock_record": f"{_WAREHOUSE} || ' ' || {_DAY}",
    "stock_movement": f"{_WAREHOUSE} || ' ' || {_DAY}",
    "removed_stock_record": f"{_WAREHOUSE} || ' ' || {_DAY}",
    "removed_stock_movement": f"{_WAREHOUSE} || ' ' || {_DAY}",
}
"""How an example of a row that names another is called, by table `t`."""

_SOURCE = (
    "-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.\n"
)


@dataclass(frozen=True)
class Tables:
    """What the catalog says: of every table its columns with their defaults, and who names whom."""

    defaults: Mapping[str, Mapping[str, str | None]]
    foreign_keys: Sequence[tuple[str, str, tuple[str, ...], tuple[str, ...]]]
    keys: Mapping[str, str]


@dataclass(frozen=True)
class Resolved:
    """A reference of a row, with the alias under which its row is found and what that is found by."""

    reference: FileReference
    identity: str
    parent: Resolved | None

    @property
    def alias(self) -> str:
        return self.identity.removesuffix("_id")

    @property
    def target(self) -> File:
        return FILE[self.reference.file]

    @property
    def code(self) -> str:
        """The column that names the row, given its parent."""
        return self.reference.columns[-1]

    def lookup(self, prefix: str, column: str) -> str:
        """SQL of the lookup, where `column` has the place of each value of the row."""
        name, arguments = f"{self.target.name}_by_code", list[str]()
        if self.target.name == "job_order":
            name = "job_order_by_number"
        parent = self.parent
        while parent:
            arguments.insert(0, f"{prefix}{parent.alias}.{parent.target.identity}")
            parent = parent.parent
        arguments.append(column.format(self.code))
        return f"erp_internal.{name}(p_company_id, {', '.join(arguments)}) as {prefix}{self.alias} on true"


def functions(connection: psycopg.Connection) -> dict[str, str]:
    """Return the text of every function by its name. Any deployed database will do."""
    tables = read_tables(connection)
    texts = {
        "put_kinds": _head(_kinds()),
        "check_cells": _cell_checks(),
        "put_rows": _dispatcher("put"),
        "delete_rows": _dispatcher("delete"),
        "guarded_ordinals": _guards(),
    }
    for kind in KINDS:
        file = FILE[kind]
        texts[f"plan_{kind}"] = _head(_plan(file, tables))
        texts[f"put_{kind}"] = _head(_put(file, tables))
        if kind != "company":
            texts[f"delete_{kind}"] = _head(_delete(file, tables))
            if file.identity:
                texts[f"uses_of_{kind}"] = _head(_uses(file, tables))
    return texts


def write_functions(connection: psycopg.Connection) -> None:
    """Write the files anew."""
    for name, text in functions(connection).items():
        (ROOM / f"{name}.sql").write_text(text, encoding="utf-8")


def plan_attributes(kind: str, tables: Tables) -> list[tuple[str, str]]:
    """Return names and types of a planned row, as `erp_internal.KIND_plan` has them."""
    file = FILE[kind]
    written = [(name, _type(file, name)) for name in _written(file, tables)]
    own = [(file.identity, "bigint")] if file.identity and kind != "company" else []
    named = [(column, "text") for column in _self_named(file, [name for name, _ in written])]
    missing = [("missing", "boolean")] if named else []
    return [
        ("ordinal", "integer"),
        ("row_ctid", "tid"),
        *own,
        *written,
        *named,
        *missing,
        ("differs", "boolean"),
        ("guarded", "text []"),
        ("faults", "erp_internal.cell_fault []"),
    ]


# --- the catalog -----------------------------------------------------------------------------------------------------


def read_tables(connection: psycopg.Connection) -> Tables:
    """Ask the catalog of a deployed database for columns, defaults, foreign keys and unique keys."""
    defaults: dict[str, dict[str, str | None]] = {}
    for table, column, default in connection.execute(read_query(__file__, "put_columns")):
        defaults.setdefault(table, {})[column] = default
    foreign_keys = connection.execute(read_query(__file__, "put_foreign_keys")).fetchall()
    keys: dict[str, str] = dict(connection.execute(read_query(__file__, "put_keys")).fetchall())
    return Tables(defaults, [(t, k, tuple(c), tuple(r)) for t, k, c, r in foreign_keys], keys)


def _type(file: File, column: str) -> str:
    for known in file.columns:
        if known.name == column:
            return TYPES[known.kind]
    assert column.endswith("_id"), column
    return "bigint"


def _written(file: File, tables: Tables) -> list[str]:
    """The columns of a kind that a put writes, in the order of the description, ids in the places of codes."""
    names, known = list[str](), {name for table in file.tables for name in tables.defaults[table]}
    resolved = _resolved(file)
    for column in file.columns:
        if file.name == "company" and column.name == "company_code":
            continue
        if column.name in known:
            names.append(column.name)
        else:
            names.append(next(r.identity for r in resolved if r.code == column.name))
    return names


def _resolved(file: File) -> list[Resolved]:
    found = list[Resolved]()
    for reference in file.references:
        target = FILE[reference.file]
        if target.identity is None or target.identity not in reference.takes:
            continue
        parent = None
        if target.name in PARENTS:
            above = FILE[PARENTS[target.name]]
            columns = reference.columns[: len(above.key)]
            parent = next(r for r in found if r.target is above and r.reference.columns == columns)
        found.append(Resolved(reference, reference.takes[target.identity], parent))
    return found


def _key_references(file: File) -> list[Resolved]:
    return [r for r in _resolved(file) if set(r.reference.columns) <= set(file.key)]


def _other_references(file: File) -> list[Resolved]:
    return [r for r in _resolved(file) if not set(r.reference.columns) <= set(file.key)]


def _self_reference(file: File) -> Resolved | None:
    return next((r for r in _resolved(file) if r.target is file), None)


def _self_named(file: File, written: Sequence[str]) -> list[str]:
    """Codes by which rows of a call name each other, beside what is written: of their key, and of the reference."""
    reference = _self_reference(file)
    names = [*file.key, *reference.reference.columns] if reference else []
    return [name for name in names if name not in written]


def _key_columns(file: File, tables: Tables) -> list[str]:
    """The columns of the table that are the key of the kind."""
    table = tables.defaults[file.tables[0]]
    ids = {r.code: r.identity for r in _key_references(file)}
    return [name if name in table else ids[name] for name in file.key]


def _nullable_key_columns(file: File, tables: Tables) -> list[str]:
    pairs = zip(file.key, _key_columns(file, tables), strict=True)
    return [column for name, column in pairs if name in file.nullable_key]


# --- plan ------------------------------------------------------------------------------------------------------------


def _plan(file: File, tables: Tables) -> str:
    written = _written(file, tables)
    ids = {r.identity: r for r in _resolved(file)}
    lone = _self_reference(file)
    missing = _missing(lone) if lone else ""
    output = ["x.ordinal", "x.row_ctid"]
    if file.identity and file.name != "company":
        output.append(f"x.{file.identity}")
    for name in written:
        if name not in ids:
            output.append(f"x.{name}")
        elif lone and lone.parent and ids[name] is not lone and ids[name].identity == lone.parent.identity:
            # with the row that is missing its warehouse waits too
            output.append(f"case when not ({missing}) then {_id(file, ids[name])} end as {name}")
        else:
            value = _id(file, ids[name])
            output.append(value if value.endswith(f".{name}") else f"{value} as {name}")
    output += [f"x.{name}" for name in _self_named(file, written)]
    if lone:
        output.append(f"{missing} as missing")
    output += [
        "x.differs",
        f"{_guarded(file)} as guarded",
        f"{_all_faults(file, tables)} as faults",
    ]
    joins = "".join(
        f"\n    left join lateral {_new_lookup(file, r)}" for r in _other_references(file) if file.name != "company"
    )
    return f"""\
-- Compares sent rows with those that are there, and tells what is to be written and what is wrong: {file.name}.
-- A row is merged with the one of its key (R70): an absent key leaves the column, null is the default. Codes are
-- resolved where a row differs; one that does not is asked nothing else.
-- Precondition: the cells are without faults.
{_SOURCE}create or replace function erp_internal.plan_{file.name}(p_company_id integer, p_rows erp_internal.sent_row[])
returns setof erp_internal.{file.name}_plan
language plpgsql
stable
as $$
begin
    return query
    select
        {_lines(output, 8)}
    from (
        select
            m.*,
            {_differs(file)} as differs
        from (
{_merged(file, tables)}
        ) as m
        offset 0
    ) as x{joins};
end;
$$;
"""


def _is_key(file: File, resolved: Resolved) -> bool:
    return set(resolved.reference.columns) <= set(file.key)


def _id(file: File, resolved: Resolved) -> str:
    return f"x.{resolved.identity}" if _is_key(file, resolved) else f"new_{resolved.alias}.{resolved.target.identity}"


def _new_lookup(file: File, resolved: Resolved) -> str:
    """The lookup of a reference outside the key, where the row differs; its parent may be one of the key."""
    text = resolved.lookup("new_", "case when x.differs then x.{} end")
    parent = resolved.parent
    while parent:
        if _is_key(file, parent):
            text = text.replace(f"new_{parent.alias}.{parent.target.identity}", f"x.{parent.identity}")
        parent = parent.parent
    return text


def _missing(resolved: Resolved) -> str:
    """Whether the row of the same kind that a row names is not there: it may be made by the same call."""
    assert resolved.parent
    return (
        f"x.differs and x.{resolved.code} is not null and new_{resolved.parent.alias}.{resolved.parent.target.identity}"
        f" is not null and new_{resolved.alias}.{resolved.target.identity} is null"
    )


def _collated(column: Column) -> str:
    return ' collate "C"' if column.kind == "text" else ""


def _merged(file: File, tables: Tables) -> str:
    """The query of the merged rows: each sent row, with its key, as it is to be and as it is."""
    defaults = {name: value for table in reversed(file.tables) for name, value in tables.defaults[table].items()}
    known = {name for table in file.tables for name in tables.defaults[table]}
    codes = {r.code: r for r in _other_references(file)}
    output = ["s.ordinal", "s.place", "s.cells", "t.row_ctid"]
    if file.identity and file.name != "company":
        output.append(f"t.{file.identity}")
    for resolved in _key_references(file):
        output.append(f"key_{resolved.alias}.{resolved.target.identity}")
        output += [
            f"key_{resolved.alias}.{source} as taken_{name}"
            for source, name in resolved.reference.takes.items()
            if source != resolved.target.identity
        ]
    if file.name != "company":
        output += [f"s.{name}" for name in file.key]
    olds = list[str]()
    for column in file.columns:
        if column.name in file.key:
            continue
        old = f"t.{column.name}"
        if column.name not in known:
            resolved = codes[column.name]
            old = f"old_{resolved.alias}.{resolved.target.key[-1]}"
        old += _collated(column)
        default = defaults.get(column.name)
        value = f"s.{column.name}" if default is None else f"coalesce(s.{column.name}, {default})"
        new = "" if file.name == "company" else f" when t.row_ctid is null then {default or 'null'}"
        output.append(
            f"(case when s.cells ? '{column.name}' then {value}{new} else {old} end){_collated(column)}"
            f" as {column.name}"
        )
        olds.append(f"{old} as old_{column.name}")
    output += olds
    output += [f"t.{name}::text as old_{name}" for name in read_only(file) if name != "company_id"]
    joins = "".join(f"\n            left join lateral {r.lookup('key_', 's.{}')}" for r in _key_references(file))
    joins += f"\n            left join lateral (\n{_found(file, tables)}\n            ) as t on true"
    for resolved in codes.values():
        joins += (
            f"\n            left join lateral erp_internal.{resolved.target.name}_by_id(p_company_id,"
            f" t.{resolved.identity}) as old_{resolved.alias} on true"
        )
    return f"""\
            select
                {_lines(output, 16)}
            from erp_internal.read_{file.name}(p_rows) as s{joins}"""


def _found(file: File, tables: Tables) -> str:
    """The query of the row that is there: one branch for each way in which columns of its key may be null."""
    if file.name == "company":
        columns = [f"t.{name}" for name in tables.defaults["production_parameter"] if name != "company_id"]
        return f"""\
                select
                    t.ctid as row_ctid,
                    c.description,
                    {_lines(columns, 20)}
                from erp.production_parameter as t
                inner join erp.company as c on c.company_id = t.company_id
                where t.company_id = p_company_id
                offset 0"""
    table = file.tables[0]
    values = {r.identity: f"key_{r.alias}.{r.target.identity}" for r in _key_references(file)}
    columns = [name for name in _written(file, tables) if name not in _key_columns(file, tables)]
    columns += [name for name in read_only(file) if name != "company_id"]
    output = ["t.ctid as row_ctid", *([f"t.{file.identity}"] if file.identity else []), *(f"t.{c}" for c in columns)]
    branches = [dict[str, bool]()]
    for name in file.nullable_key:
        branches = [{**branch, name: null} for branch in branches for null in (False, True)]
    texts = []
    for branch in branches:
        conditions = ["t.company_id = p_company_id"]
        for name, column in zip(file.key, _key_columns(file, tables), strict=True):
            value = values.get(column, f"s.{column}")
            if branch.get(name):
                conditions.append(f"t.{column} is null and s.{name} is null")
            else:
                conditions.append(f"t.{column} = {value}")
        texts.append(
            f"""\
                select
                    {_lines(output, 20)}
                from erp.{table} as t
                where
                    {" and ".join(conditions)}"""
        )
    found = "\n                union all\n".join(texts)
    if len(texts) > 1:
        found = f"                select u.*\n                from (\n{found}\n                ) as u"
    return f"{found}\n                offset 0"


def _differs(file: File) -> str:
    names = [column.name for column in file.columns if column.name not in file.key]
    news, olds = (", ".join(f"m.{prefix}{name}" for name in names) for prefix in ("", "old_"))
    compared = f"({news}) is distinct from ({olds})" if len(names) > 1 else f"{news} is distinct from {olds}"
    return f"m.row_ctid is null or ({compared})"


def _guarded(file: File) -> str:
    cases = [
        f"case when x.row_ctid is not null and x.{name} is distinct from x.old_{name} then '{name}' end"
        for name in GUARDED.get(file.name, ())
    ]
    if not cases:
        return "'{}'::text[]"
    return f"pg_catalog.array_remove(array[\n            {_lines(cases, 12)}\n        ], null)"


def _all_faults(file: File, tables: Tables) -> str:
    faults = [*_required(file), *_unknown(file), *_broken(file), *_read_only(file)]
    cases = [
        f"case when {condition}\n                then {_fault(column, code, cell, expected)} end"
        for condition, column, code, cell, expected in faults
    ]
    return f"pg_catalog.array_remove(array[\n            {_lines(cases, 12)}\n        ], null)"


Fault = tuple[str, str, str, str, str]


def _fault(column: str, code: str, cell: str, expected: str) -> str:
    arguments = [
        "p_ordinal => x.ordinal",
        "p_parent => null",
        "p_place => x.place",
        f"p_column_name => '{column}'",
        f"p_code => '{code}'",
        f"p_cell => {cell}",
        f"p_expected => {expected}",
    ]
    return f"erp_internal.cell_fault(\n                    {', '.join(arguments[:5])},\n                    " + (
        ",\n                    ".join(arguments[5:]) + "\n                )"
    )


def _required(file: File) -> list[Fault]:
    return [
        (f"x.differs and x.{column.name} is null", column.name, "value_required", "null", "null")
        for column in file.columns
        if column.required and column.name not in file.key
    ]


def _unknown(file: File) -> list[Fault]:
    found = list[Fault]()
    lone = _self_reference(file)
    for resolved in _resolved(file):
        if resolved is lone or (lone and resolved.reference == lone.reference):
            continue
        conditions = ["x.differs", f"x.{resolved.code} is not null", f"{_id(file, resolved)} is null"]
        parent = resolved.parent
        while parent:
            if parent.code not in parent.target.nullable_key:
                own = f"{_id(file, parent)} is not null"
                optional = parent.target.name == "item_variant"
                conditions.append(f"(x.{parent.code} is null or {own})" if optional else own)
            parent = parent.parent
        cell = f"pg_catalog.left(x.{resolved.code}::text, 60)"
        found.append((" and ".join(conditions), resolved.code, "unknown_reference", cell, f"'{resolved.target.name}'"))
    return found


def _broken(file: File) -> list[Fault]:
    taken = {
        name: f"x.taken_{name}"
        for r in _key_references(file)
        for source, name in r.reference.takes.items()
        if source != r.target.identity
    }
    found = list[Fault]()
    for rule in file.rules:
        if rule.code != "rule_broken":
            continue
        condition = rule.broken
        for name, value in taken.items():
            condition = condition.replace(f"x.{name}", value)
        cell = f"pg_catalog.left(x.{rule.column}::text, 60)"
        found.append((f"x.differs and {condition}", rule.column, "rule_broken", cell, _quoted(rule.reason)))
    return found


def _read_only(file: File) -> list[Fault]:
    found = list[Fault]()
    for name in read_only(file):
        actual, there = (f"x.old_{name}", "x.row_ctid is not null and ")
        if name == "company_id":
            actual, there = "p_company_id::text", ""
        condition = f"{there}x.cells ? '{name}' and nullif(x.cells ->> '{name}', '') is distinct from {actual}"
        cell = f"pg_catalog.left(x.cells ->> '{name}', 60)"
        found.append((condition, name, "read_only_value", cell, actual))
    if file.name == "company":
        found.append(
            (
                "x.cells ? 'company_code' and nullif(x.cells ->> 'company_code', '') is distinct from ("
                "\n                    select c.company_code from erp.company as c where c.company_id = p_company_id"
                "\n                )",
                "company_code",
                "unknown_reference",
                "pg_catalog.left(x.cells ->> 'company_code', 60)",
                "'company'",
            )
        )
    return found


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _lines(parts: Sequence[str], indent: int) -> str:
    return (",\n" + " " * indent).join(parts)


# --- put -------------------------------------------------------------------------------------------------------------


def _put(file: File, tables: Tables) -> str:
    lone = _self_reference(file)
    guarded = file.name in GUARDED
    claimed = "\n    p_claimed boolean," if guarded else ""
    told = (
        " p_claimed:\n-- whether the call has claimed the configuration; without that no guarded column changes."
        if guarded
        else ""
    )
    variables = "" if file.name == "company" else "\n    v_rows erp_internal.sent_row [];\n    v_row_count bigint;"
    return f"""\
-- Puts rows of a kind: {file.name}. Returns the positions of those that were made and changed, and why others are not;
-- what is in none of these is unchanged, and no lock is held on it.
-- p_refused: positions of rows that are checked, but not written, since they are refused already.{told}
-- Precondition: write mode run; the cells are without faults, and no key comes twice. Locks: the rows, in key order.
-- Errors: 40001 if what the call works on has been changed by another call meanwhile.
{_SOURCE}create or replace function erp_internal.put_{file.name}(
    p_company_id integer,
    p_rows erp_internal.sent_row[],
    p_refused integer[],{claimed}
    out created integer[],
    out changed integer[],
    out refusals erp_internal.refusal[]
)
language plpgsql
volatile
set enable_nestloop = off
as $$
declare
    v_plan erp_internal.{file.name}_plan [];
    v_refused integer [];{variables}
begin
    v_plan := array(select p from erp_internal.plan_{file.name}(p_company_id, p_rows) as p);
{_assert_claimed(file)}    refusals := erp_internal.cell_refusals(
        array(select f from unnest(v_plan) as p cross join lateral unnest(p.faults) as f)
    ){_judged(file)};
    v_refused := p_refused || array(select r.ordinal::integer from unnest(refusals) as r);
{_self_refusals(file, lone) if lone else ""}{_written_rows(file, tables)}
end;
$$;
"""


def _assert_claimed(file: File) -> str:
    if file.name not in GUARDED:
        return ""
    return """\
    perform erp_internal.assert_row_count(0, pg_catalog.count(*))
    from unnest(v_plan) as p
    where p.guarded <> '{}' and not p_claimed;
"""


def _judged(file: File) -> str:
    if file.name not in JUDGED:
        return ""
    return (
        f" || array(\n        select r from erp_internal.refuse_{file.name}_changes(p_company_id, v_plan) as r\n    )"
    )


def _self_refusals(file: File, lone: Resolved) -> str:
    own = ", ".join(f"n.{name}" for name in file.key)
    match = " and ".join(f"o.{key} = n.{name}" for key, name in zip(file.key, lone.reference.columns, strict=True))
    plain = ", ".join(f"p.{name}" for name in (*file.key, *lone.reference.columns))
    return f"""\
    -- rows may name each other: one that names a row which is not made is refused, and whoever names that one too
    refusals := refusals || erp_internal.cell_refusals(array(
        with recursive node as materialized (
            select
                p.ordinal, {plain}, p.missing,
                p.row_ctid is null and f.ordinal is null as made
            from unnest(v_plan) as p
            left join (select distinct f.ordinal from unnest(v_refused) as f (ordinal)) as f on f.ordinal = p.ordinal
        ),

        lost as (
            select n.ordinal, {own}
            from node as n
            where n.missing and not exists (select from node as o where o.made and {match})
            union
            select n.ordinal, {own}
            from lost as o
            inner join node as n on n.missing and {match}
        )

        select
            erp_internal.cell_fault(
                p_ordinal => p.ordinal,
                p_parent => null,
                p_place => null,
                p_column_name => '{lone.code}',
                p_code => 'unknown_reference',
                p_cell => p.{lone.code},
                p_expected => '{file.name}'
            )
        from unnest(v_plan) as p
        inner join lost as o on o.ordinal = p.ordinal
    ));
    v_refused := p_refused || array(select r.ordinal::integer from unnest(refusals) as r);
"""


def _written_rows(file: File, tables: Tables) -> str:
    written = _written(file, tables)
    if file.name == "company":
        described = set(tables.defaults["company"]) & set(written)
        parts = []
        for table, names in (
            ("company", [n for n in written if n in described]),
            ("production_parameter", [n for n in written if n not in described]),
        ):
            parts.append(
                f"""\
        update erp.{table} as t
        set {", ".join(f"{name} = p.{name}" for name in names)}
        from unnest(v_plan) as p
        where
            t.company_id = p_company_id
            and ({", ".join(f"t.{name}" for name in names)})
            is distinct from ({", ".join(f"p.{name}" for name in names)});
"""
            )
        return f"""\
    created := '{{}}';
    changed := array(select p.ordinal from unnest(v_plan) as p where p.differs and p.ordinal <> all (v_refused));
    -- there is one row at most
    if changed <> '{{}}' then
        -- description is locked with the rest of its row, and read again
        perform from erp.company as c where c.company_id = p_company_id for no key update;
        v_plan := array(select p from erp_internal.plan_company(p_company_id, p_rows) as p);
{_assert_claimed(file).replace("    ", "        ", 1).replace(chr(10) + "    ", chr(10) + "        ")}\
{"".join(parts)}    end if;"""
    table = file.tables[0]
    key = _key_columns(file, tables)
    nullable = _nullable_key_columns(file, tables)
    others = [name for name in written if name not in key]
    order = [f"p.{name}" for name in key]
    if file.name in LOCKED_BY_ID:
        order.insert(0, f"p.{file.identity} nulls last")
    match = " and ".join(
        f"coalesce(w.{name}, 0) = coalesce(p.{name}, 0)" if name in nullable else f"w.{name} = p.{name}" for name in key
    )
    lone = _self_reference(file)
    again = "p.differs and f.ordinal is null and (c.ordinal is null" + (" or p.missing)" if lone else ")")
    return f"""\

    -- a row that is there is locked, a new one is made, all in key order; whoever puts the same rows comes after
    with written as (
        insert into erp.{table} as t (company_id, {", ".join(written)})
        select p_company_id, {", ".join(f"p.{name}" for name in written)}
        from unnest(v_plan) as p
        left join (select distinct f.ordinal from unnest(v_refused) as f (ordinal)) as f on f.ordinal = p.ordinal
        where p.differs and f.ordinal is null
        order by {", ".join(order)}
        on conflict on constraint {tables.keys[table]} do update set {others[0]} = t.{others[0]} where false
        returning {", ".join(f"t.{name}" for name in key)}
    )

    select coalesce(pg_catalog.array_agg(p.ordinal), '{{}}')
    into created
    from unnest(v_plan) as p
    inner join written as w on {match};
    -- a row that was there has been deleted meanwhile
    perform erp_internal.assert_row_count(0, pg_catalog.count(*))
    from unnest(v_plan) as p
    inner join unnest(created) as c (ordinal) on c.ordinal = p.ordinal
    where p.row_ctid is not null;

    v_rows := array(
        select r
        from unnest(p_rows) as r
        inner join unnest(v_plan) as p on p.ordinal = r.ordinal
        left join (select distinct f.ordinal from unnest(v_refused) as f (ordinal)) as f on f.ordinal = p.ordinal
        left join unnest(created) as c (ordinal) on c.ordinal = p.ordinal
        where {again}
    );
    if v_rows = '{{}}' then
        changed := '{{}}';
        return;
    end if;
    -- what was locked is read again: it may have changed until then
    v_plan := array(select p from erp_internal.plan_{file.name}(p_company_id, v_rows) as p);
{_assert_claimed(file)}    perform erp_internal.assert_row_count(0, pg_catalog.count(*))
    from unnest(v_plan) as p
    where p.row_ctid is null or p.faults <> '{{}}'{" or p.missing" if lone else ""};
    update erp.{table} as t
    set {", ".join(f"{name} = p.{name}" for name in others)}
    from unnest(v_plan) as p
    where p.differs and t.ctid = p.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.assert_row_count(pg_catalog.count(*), v_row_count)
    from unnest(v_plan) as p
    where p.differs;
    changed := array(
        select p.ordinal
        from unnest(v_plan) as p
        left join unnest(created) as c (ordinal) on c.ordinal = p.ordinal
        where p.differs and c.ordinal is null
    );"""


# --- delete ----------------------------------------------------------------------------------------------------------


def _delete(file: File, tables: Tables) -> str:
    lone = _self_reference(file)
    stays = "\n    v_stays erp_internal.refusal [];" if lone else ""
    return f"""\
-- Deletes rows of a kind: {file.name} (R72). Returns the positions of those that were deleted, and why others are not;
-- a row that is not there is in neither.
-- p_claimed: whether the call has claimed the configuration; without that no row is there to be deleted.
-- Precondition: write mode run; keys are without faults, and none comes twice. Errors: 40001.
{_SOURCE}create or replace function erp_internal.delete_{file.name}(
    p_company_id integer,
    p_rows erp_internal.sent_row[],
    p_claimed boolean,
    out deleted integer[],
    out refusals erp_internal.refusal[]
)
language plpgsql
volatile
set enable_nestloop = off
as $$
declare
    v_plan erp_internal.{file.name}_plan [];{stays}
    v_row_count bigint;
begin
    v_plan := array(
        select p from erp_internal.plan_{file.name}(p_company_id, p_rows) as p where p.row_ctid is not null
    );
    perform erp_internal.assert_row_count(0, pg_catalog.count(*)) from unnest(v_plan) where not p_claimed;
{_still_used(file, lone)}\
{_emptied(file)}    delete from erp.{file.tables[0]} as t
    using unnest(v_plan) as p
    where t.ctid = p.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.assert_row_count(pg_catalog.cardinality(v_plan), v_row_count);
    deleted := array(select p.ordinal from unnest(v_plan) as p);
end;
$$;
"""


def _still_used(file: File, lone: Resolved | None) -> str:
    if not file.identity:
        return "    refusals := '{}';\n"
    ids = f"array(select p.{file.identity} from unnest(v_plan) as p)"
    item = "\n                p_item_id => p.item_id," if file.name == "item" else ""
    text = f"""\
    refusals := array(
        select
            erp_internal.refusal(
                p_ordinal => p.ordinal,
                p_code => 'still_used',
                p_order_label => null,{item}
                p_required => u.use_count,
                p_detail => u.used_by,
                p_expected => u.example
            )
        from unnest(v_plan) as p
        inner join erp_internal.uses_of_{file.name}(p_company_id, {ids}) as u on u.row_id = p.{file.identity}
    );
"""
    left = """\
    v_plan := array(
        select p
        from unnest(v_plan) as p
        where not exists (select from unnest(refusals) as r where r.ordinal = p.ordinal)
    );
"""
    if not lone:
        return text + left
    # a row that stays keeps those that it names, and so on
    return (
        text
        + left
        + f"""\
    -- rows that name each other go together; whoever is named by one that stays, stays too
    loop
        v_stays := array(
            select
                erp_internal.refusal(
                    p_ordinal => p.ordinal,
                    p_code => 'still_used',
                    p_order_label => null,
                    p_required => u.use_count,
                    p_detail => '{file.name}',
                    p_expected => u.example
                )
            from unnest(v_plan) as p
            cross join lateral (
                select
                    pg_catalog.count(*) as use_count,
                    pg_catalog.min(w.warehouse_code || ' ' || t.reason_code) as example
                from erp.{file.name} as t
                inner join erp.warehouse as w on w.company_id = t.company_id and w.warehouse_id = t.warehouse_id
                where
                    t.company_id = p_company_id and t.{lone.identity} = p.{file.identity}
                    and t.{file.identity} not in (select g.{file.identity} from unnest(v_plan) as g)
            ) as u
            where u.use_count > 0
        );
        exit when v_stays = '{{}}';
        refusals := refusals || v_stays;
        v_plan := array(
            select p
            from unnest(v_plan) as p
            where not exists (select from unnest(v_stays) as r where r.ordinal = p.ordinal)
        );
    end loop;
"""
    )


def _emptied(file: File) -> str:
    text = ""
    for table in EMPTIED.get(file.name, ()):
        zero = " and b.on_hand = 0" if table == "stock_balance" else ""
        text += f"""\
    delete from erp.{table} as b
    using unnest(v_plan) as p
    where b.company_id = p_company_id and b.{file.identity} = p.{file.identity}{zero};
"""
    return text


def _uses(file: File, tables: Tables) -> str:
    lone = _self_reference(file)
    branches = list[str]()
    keys = [
        (table, columns, names)
        for table, target, columns, names in tables.foreign_keys
        if target == file.name and file.identity in names and table not in EMPTIED.get(file.name, ())
    ]
    for table in BY_VALUE.get(file.name, ()):
        assert file.identity in tables.defaults[table], table
        keys.append((table, (str(file.identity),), (str(file.identity),)))
    for table, columns, names in keys:
        if lone and table == file.name:
            continue
        joined = " and ".join(f"t.{column} = k.{name}" for column, name in zip(columns, names, strict=True))
        branches.append(
            f"""\
        select
            k.{file.identity} as row_id,
            '{table}' as used_by,
            pg_catalog.count(*) as use_count,
            pg_catalog.min(t.ctid) as first_ctid
        from key as k
        inner join erp.{table} as t on t.company_id = p_company_id and {joined}
        group by k.{file.identity}"""
        )
    used = sorted({table for table, _, _ in keys if not (lone and table == file.name)})
    examples = "\n".join(
        f"            when '{table}' then (select {LABELS[table]} from erp.{table} as t where t.ctid = u.first_ctid)"
        for table in used
    )
    named = sorted({name for _, _, names in keys for name in names} | {str(file.identity)})
    if not branches:
        branches = [
            f"        select k.{file.identity} as row_id, '' as used_by, 0::bigint as use_count,"
            " null::tid as first_ctid\n        from key as k\n        where false"
        ]
        examples = "            when '' then ''"
    union = "\n        union all\n".join(branches)
    return f"""\
-- Returns who names rows of a kind, so that they cannot be deleted (R72): {file.name}. For each row and each table that
-- names it, how many rows do, and one of them. Rows that go with it are none: {_goes_with(file)}.
{_SOURCE}create or replace function erp_internal.uses_of_{file.name}(p_company_id integer, p_ids bigint[])
returns table (row_id bigint, used_by text, use_count bigint, example text)
language sql
stable
set enable_nestloop = on
begin atomic
    with key as materialized (
        select {", ".join(f"t.{name}" for name in named)}
        from unnest(p_ids) as a (id)
        inner join erp.{file.name} as t on t.company_id = p_company_id and t.{file.identity} = a.id
    ),

    found as (
{union}
    ),

    use as (
        select f.row_id, f.used_by, pg_catalog.sum(f.use_count) as use_count, pg_catalog.min(f.first_ctid) as first_ctid
        from found as f
        group by f.row_id, f.used_by
    )

    select
        u.row_id,
        u.used_by,
        u.use_count::bigint as use_count,
        case u.used_by
{examples}
        end as example
    from use as u;
end;
"""


def _goes_with(file: File) -> str:
    if file.name == "company" or file.name not in EMPTIED:
        return "of this kind there are none"
    return ", ".join(
        {"stock_balance": "balance rows at zero", "stock_record_counter": "counters"}[t] for t in EMPTIED[file.name]
    )


# --- all kinds -------------------------------------------------------------------------------------------------------


def _dispatcher(verb: str) -> str:
    kinds = [kind for kind in KINDS if verb == "put" or kind != "company"]
    more = ", p_refused integer[], p_claimed boolean" if verb == "put" else ", p_claimed boolean"
    given = {
        kind: (", p_refused, p_claimed" if kind in GUARDED else ", p_refused") if verb == "put" else ", p_claimed"
        for kind in kinds
    }
    first = "created integer[],\n    out changed" if verb == "put" else "deleted"
    columns = "created, changed, refusals" if verb == "put" else "deleted, refusals"
    branches = "\n".join(
        f"        when '{kind}' then\n            select {', '.join('r.' + c for c in columns.split(', '))}\n"
        f"            into {columns}\n"
        f"            from erp_internal.{verb}_{kind}(p_company_id, p_rows{given[kind]}) as r;"
        for kind in kinds
    )
    what = "Puts" if verb == "put" else "Deletes"
    return f"""\
-- {what} rows of a kind of master data (see erp_internal.{verb}_item and its like).
{_SOURCE}create or replace function erp_internal.{verb}_rows(
    p_company_id integer,
    p_kind text,
    p_rows erp_internal.sent_row[]{more.replace(", ", "," + chr(10) + "    ")},
    out {first} integer[],
    out refusals erp_internal.refusal[]
)
language plpgsql
volatile
as $$
begin
    case p_kind
{branches}
    end case;
end;
$$;
"""


def _kinds() -> str:
    rows = ",\n".join(
        f"        ({turn}, '{kind}', {_names(FILE[kind].key)}, {_names(_numbers(FILE[kind]))},"
        f" {str(kind in GUARDED).lower()})"
        for turn, kind in enumerate(KINDS, 1)
    )
    return f"""\
-- Returns the kinds of master data in the order in which they are put: each after those that it names, and job orders
-- before lots, as runs lock them. Each with the columns of its key, those of them that are numbers, and whether it has
-- columns that runs decide by.
{_SOURCE}create or replace function erp_internal.put_kinds()
returns table (turn integer, kind text, key_columns text[], number_columns text[], guarded boolean)
language sql
immutable
parallel safe
begin atomic
    select k.turn, k.kind, k.key_columns, k.number_columns, k.guarded
    from (
        values
{rows}
    ) as k (turn, kind, key_columns, number_columns, guarded);
end;
"""


def _numbers(file: File) -> list[str]:
    return [column.name for column in file.columns if column.name in file.key and column.kind == "integer"]


def _names(names: Sequence[str]) -> str:
    return f"array[{', '.join(_quoted(name) for name in names)}]::text[]"


def _cell_checks() -> str:
    branches = "\n".join(
        f"        when '{kind}' then\n            return query\n"
        f"            select f.* from erp_internal.check_{kind}_cells(p_rows) as f;"
        for kind in KINDS
    )
    return f"""\
-- Returns the faults of the cells of rows of a kind (see erp_internal.check_item_cells and its like).
{_SOURCE}create or replace function erp_internal.check_cells(p_kind text, p_rows erp_internal.sent_row[])
returns setof erp_internal.cell_fault
language plpgsql
stable
as $$
begin
    case p_kind
{branches}
    end case;
end;
$$;
"""


def _guards() -> str:
    guarded = "\n".join(
        f"        when '{kind}' then\n            v_ordinals := array(\n"
        f"                select p.ordinal from erp_internal.plan_{kind}(p_company_id, p_rows) as p\n"
        f"                where {_touches(kind)}\n            );"
        for kind in KINDS
    )
    arguments = "\n    p_company_id integer, p_kind text, p_rows erp_internal.sent_row[], p_deletion boolean\n"
    return f"""\
-- Returns the positions of rows of a kind for which a call claims the configuration: those that would change a guarded
-- column, and of rows to be deleted those that are there. Looked up without locks, before the call takes any.
{_SOURCE}create or replace function erp_internal.guarded_ordinals({arguments})
returns integer[]
language plpgsql
stable
as $$
declare
    v_ordinals integer [];
begin
    case p_kind
{guarded}
    end case;
    return v_ordinals;
end;
$$;
"""


def _touches(kind: str) -> str:
    if kind not in GUARDED:
        return "p_deletion and p.row_ctid is not null"
    return "case when p_deletion then p.row_ctid is not null else p.guarded <> '{}' end"


def _head(text: str) -> str:
    """Put above a text what the linters leave to the machine, and what PostgreSQL looks up when it makes a routine."""
    head = "-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02\n"
    if "begin atomic" in text:
        rooms = {path.stem: path.parent.name for path in ROOM.parent.rglob("*.sql")}
        own = re.search(r"function erp_internal\.(\w+)", text)
        named = set(re.findall(r"erp_internal\.(\w+)\(", text)) - {own[1] if own else ""}
        head += "".join(f"-- requires: {name}\n" for name in sorted(f"internal/{rooms[name]}/{name}" for name in named))
    return head + text
