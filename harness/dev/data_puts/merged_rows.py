"""The rows that `plan_KIND` judges: each sent row with its key, as it is to be and as it is there (R70)."""

from __future__ import annotations

from itertools import product

from harness.dev.data_puts.catalog import Tables
from harness.dev.data_puts.columns import key_columns, own_id, written_columns
from harness.dev.data_puts.references import key_references, other_references, taken_columns
from harness.dev.data_readers import read_only
from harness.dev.sql_text import lines, prefixed
from rilascio.loading.files import File


def merged_rows(file: File, tables: Tables) -> str:
    """The query of the merged rows: `s` are the values that are sent, `t` is the row that is there."""
    news, olds = _cells(file, tables)
    joins = [f"lateral {r.lookup('key_', 's.{}')}" for r in key_references(file)]
    joins.append(f"lateral (\n{_row_there(file, tables)}\n            ) as t on true")
    joins += [
        f"lateral erp_internal.{r.target.name}_by_id(p_company_id, t.{r.identity}) as old_{r.alias} on true"
        for r in other_references(file)
    ]
    output = ["s.ordinal", "s.place", "s.cells", "t.row_ctid", *_key(file), *news, *olds]
    joined = "".join(f"\n            left join {join}" for join in joins)
    return f"""\
            select
                {lines(output, 16)}
            from erp_internal.read_{file.name}(p_rows) as s{joined}"""


def differs(file: File) -> str:
    """Whether a merged row, `m`, is new or another than the one that is there."""
    names = [column.name for column in file.columns if column.name not in file.key]
    news, olds = prefixed("m.", names), prefixed("m.old_", names)
    compared = f"({news}) is distinct from ({olds})" if len(names) > 1 else f"{news} is distinct from {olds}"
    return f"m.row_ctid is null or ({compared})"


def _key(file: File) -> list[str]:
    """Return the id of the row, what its key names, and the key itself."""
    output = [f"t.{name}" for name in own_id(file)]
    for resolved in key_references(file):
        output.append(resolved.found_id("key_"))
        output += [f"key_{resolved.alias}.{source} as taken_{name}" for name, source in taken_columns(resolved).items()]
    return output + ([] if file.name == "company" else [f"s.{name}" for name in file.key])


def _cells(file: File, tables: Tables) -> tuple[list[str], list[str]]:
    """Return the columns beside the key, as they are to be and, as `old_…`, as they are."""
    defaults = {name: value for table in reversed(file.tables) for name, value in tables.defaults[table].items()}
    codes = {r.code: r for r in other_references(file)}
    news, olds = list[str](), list[str]()
    for column in file.columns:
        name = column.name
        if name in file.key:
            continue
        collation = ' collate "C"' if column.kind == "text" else ""
        old = f"t.{name}" if name in defaults else f"old_{codes[name].alias}.{codes[name].target.key[-1]}"
        old += collation
        default = defaults.get(name)
        value = f"s.{name}" if default is None else f"coalesce(s.{name}, {default})"
        new = "" if file.name == "company" else f" when t.row_ctid is null then {default or 'null'}"
        news.append(f"(case when s.cells ? '{name}' then {value}{new} else {old} end){collation} as {name}")
        olds.append(f"{old} as old_{name}")
    olds += [f"t.{name}::text as old_{name}" for name in _shown(file)]
    return news, olds


def _shown(file: File) -> list[str]:
    """Return the columns of the table that are compared alone."""
    return [name for name in read_only(file) if name != "company_id"]


def _row_there(file: File, tables: Tables) -> str:
    """The query of the row that is there: one branch for each way in which columns of its key may be null."""
    if file.name == "company":
        return _company_there(tables)
    key = key_columns(file, tables)
    others = [name for name in written_columns(file, tables) if name not in key]
    columns = [*own_id(file), *others, *_shown(file)]
    branches = [
        f"""\
                select
                    {lines(["t.ctid as row_ctid", *(f"t.{name}" for name in columns)], 20)}
                from erp.{file.tables[0]} as t
                where
                    {" and ".join(_key_conditions(file, key, nulls))}"""
        for nulls in product(*((False, True) if name in file.nullable_key else (False,) for name in file.key))
    ]
    found = "\n                union all\n".join(branches)
    if len(branches) > 1:
        found = f"                select u.*\n                from (\n{found}\n                ) as u"
    return f"{found}\n                offset 0"


def _key_conditions(file: File, key: list[str], nulls: tuple[bool, ...]) -> list[str]:
    """Return what finds a row by its key; `nulls` tells which of its columns are null."""
    ids = {r.identity: r.found_id("key_") for r in key_references(file)}
    conditions = ["t.company_id = p_company_id"]
    for name, column, null in zip(file.key, key, nulls, strict=True):
        if null:
            conditions.append(f"t.{column} is null and s.{name} is null")
        else:
            conditions.append(f"t.{column} = {ids.get(column, f's.{column}')}")
    return conditions


def _company_there(tables: Tables) -> str:
    """The query of the parameters of the company, which is there always, with its description."""
    columns = [f"t.{name}" for name in tables.defaults["production_parameter"] if name != "company_id"]
    return f"""\
                select
                    t.ctid as row_ctid,
                    c.description,
                    {lines(columns, 20)}
                from erp.production_parameter as t
                inner join erp.company as c on c.company_id = t.company_id
                where t.company_id = p_company_id
                offset 0"""
