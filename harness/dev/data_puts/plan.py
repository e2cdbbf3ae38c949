"""`plan_KIND`: compares sent rows with those that are there, and tells what is to be written and what is wrong."""

from __future__ import annotations

from harness.dev.data_puts.catalog import Tables
from harness.dev.data_puts.columns import own_id, self_named_columns, written_columns
from harness.dev.data_puts.faults import faults_array
from harness.dev.data_puts.kinds import GUARDED
from harness.dev.data_puts.merged_rows import differs, merged_rows
from harness.dev.data_puts.references import (
    Resolved,
    in_key,
    other_references,
    planned_id,
    references,
    self_reference,
)
from harness.dev.sql_text import WRITTEN, lines
from rilascio.loading.files import File


def plan_function(file: File, tables: Tables) -> str:
    """Return the text of the function."""
    lookups = [] if file.name == "company" else [_new_lookup(file, r) for r in other_references(file)]
    joins = "".join(f"\n    left join lateral {lookup}" for lookup in lookups)
    return f"""\
-- Compares sent rows with those that are there, and tells what is to be written and what is wrong: {file.name}.
-- A row is merged with the one of its key (R70): an absent key leaves the column, null is the default. Codes are
-- resolved where a row differs; one that does not is asked nothing else.
-- Precondition: the cells are without faults.
{WRITTEN} and the catalog.
create or replace function erp_internal.plan_{file.name}(p_company_id integer, p_rows erp_internal.sent_row[])
returns setof erp_internal.{file.name}_plan
language plpgsql
stable
as $$
begin
    return query
    select
        {lines(_planned(file, tables), 8)}
    from (
        select
            m.*,
            {differs(file)} as differs
        from (
{merged_rows(file, tables)}
        ) as m
        offset 0
    ) as x{joins};
end;
$$;
"""


def _planned(file: File, tables: Tables) -> list[str]:
    """Return the columns of a planned row, in the order of its type (`columns.plan_attributes`)."""
    written = written_columns(file, tables)
    own = self_reference(file)
    return [
        "x.ordinal",
        "x.row_ctid",
        *(f"x.{name}" for name in own_id(file)),
        *_written(file, written),
        *(f"x.{name}" for name in self_named_columns(file, written)),
        *([f"{_missing(own)} as missing"] if own else []),
        "x.differs",
        f"{_guarded(file)} as guarded",
        f"{faults_array(file)} as faults",
    ]


def _written(file: File, written: list[str]) -> list[str]:
    """Return the columns that are written, with what is looked up in the places of codes."""
    ids, own, output = {r.identity: r for r in references(file)}, self_reference(file), list[str]()
    for name in written:
        if name not in ids:
            output.append(f"x.{name}")
            continue
        value = planned_id(file, ids[name])
        if own and ids[name] == own.parent:
            # with the row that is missing its warehouse waits too
            value = f"case when not ({_missing(own)}) then {value} end"
        output.append(value if value.endswith(f".{name}") else f"{value} as {name}")
    return output


def _missing(own: Resolved) -> str:
    """Whether the row of the same kind that a row names is not there: it may be made by the same call."""
    assert own.parent
    return (
        f"x.differs and x.{own.code} is not null and {own.parent.found_id('new_')} is not null"
        f" and {own.found_id('new_')} is null"
    )


def _new_lookup(file: File, resolved: Resolved) -> str:
    """The lookup of a reference outside the key, where the row differs; its parent may be one of the key."""
    text = resolved.lookup("new_", "case when x.differs then x.{} end")
    for parent in resolved.parents:
        if in_key(file, parent):
            text = text.replace(parent.found_id("new_"), f"x.{parent.identity}")
    return text


def _guarded(file: File) -> str:
    """The guarded columns that change."""
    if file.name not in GUARDED:
        return "'{}'::text[]"
    cases = [
        f"case when x.row_ctid is not null and x.{name} is distinct from x.old_{name} then '{name}' end"
        for name in GUARDED[file.name]
    ]
    return f"pg_catalog.array_remove(array[\n            {lines(cases, 12)}\n        ], null)"
