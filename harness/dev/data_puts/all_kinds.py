"""The functions of all kinds: the list of these, and those that call the function of a kind."""

from __future__ import annotations

from collections.abc import Iterable

from harness.dev.data_puts.kinds import GUARDED, KINDS
from harness.dev.sql_text import WRITTEN, prefixed, text_array
from rilascio.loading.files import FILE, File


def put_kinds() -> str:
    """Return the text of `put_kinds`: the kinds in their order, with their keys."""
    rows = ",\n".join(f"        ({turn}, {_kind_row(FILE[kind])})" for turn, kind in enumerate(KINDS, 1))
    return f"""\
-- Returns the kinds of master data in the order in which they are put: each after those that it names, and job orders
-- before lots, as runs lock them. Each with the columns of its key, those of them that are numbers, and whether it has
-- columns that runs decide by.
{WRITTEN} and the catalog.
create or replace function erp_internal.put_kinds()
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


def _kind_row(file: File) -> str:
    numbers = [column.name for column in file.columns if column.name in file.key and column.kind == "integer"]
    guarded = str(file.name in GUARDED).lower()
    return f"'{file.name}', {text_array(file.key)}::text[], {text_array(numbers)}::text[], {guarded}"


def put_rows() -> str:
    """Return the text of `put_rows`."""
    calls = [
        _call("put", kind, "p_refused, p_claimed" if kind in GUARDED else "p_refused", "created, changed, refusals")
        for kind in KINDS
    ]
    return _dispatcher(
        "-- Puts rows of a kind of master data (see erp_internal.put_item and its like).",
        "put_rows",
        ("p_refused integer[]", "p_claimed boolean", "out created integer[]", "out changed integer[]"),
        calls,
    )


def delete_rows() -> str:
    """Return the text of `delete_rows`; a company is not deleted by a row."""
    return _dispatcher(
        "-- Deletes rows of a kind of master data (see erp_internal.delete_item and its like).",
        "delete_rows",
        ("p_claimed boolean", "out deleted integer[]"),
        [_call("delete", kind, "p_claimed", "deleted, refusals") for kind in KINDS if kind != "company"],
    )


def _call(verb: str, kind: str, arguments: str, columns: str) -> str:
    return f"""\
        when '{kind}' then
            select {prefixed("r.", columns.split(", "))}
            into {columns}
            from erp_internal.{verb}_{kind}(p_company_id, p_rows, {arguments}) as r;"""


def _dispatcher(heading: str, name: str, parameters: tuple[str, ...], calls: Iterable[str]) -> str:
    """Return the text of a function that writes rows; `parameters` come between the rows and the refusals."""
    given = "".join(f"    {parameter},\n" for parameter in parameters)
    return f"""\
{heading}
{WRITTEN} and the catalog.
create or replace function erp_internal.{name}(
    p_company_id integer,
    p_kind text,
    p_rows erp_internal.sent_row[],
{given}\
    out refusals erp_internal.refusal[]
)
language plpgsql
volatile
as $$
begin
    case p_kind
{chr(10).join(calls)}
    end case;
end;
$$;
"""


def check_cells() -> str:
    """Return the text of `check_cells`."""
    branches = "\n".join(
        f"""\
        when '{kind}' then
            return query
            select f.* from erp_internal.check_{kind}_cells(p_rows) as f;"""
        for kind in KINDS
    )
    return f"""\
-- Returns the faults of the cells of rows of a kind (see erp_internal.check_item_cells and its like).
{WRITTEN} and the catalog.
create or replace function erp_internal.check_cells(p_kind text, p_rows erp_internal.sent_row[])
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


def guarded_ordinals() -> str:
    """Return the text of `guarded_ordinals`."""
    branches = "\n".join(
        f"""\
        when '{kind}' then
            v_ordinals := array(
                select p.ordinal from erp_internal.plan_{kind}(p_company_id, p_rows) as p
                where {_is_claimed_for(kind)}
            );"""
        for kind in KINDS
    )
    return f"""\
-- Returns the positions of rows of a kind for which a call claims the configuration: those that would change a guarded
-- column, and of rows to be deleted those that are there. Looked up without locks, before the call takes any.
{WRITTEN} and the catalog.
create or replace function erp_internal.guarded_ordinals(
    p_company_id integer, p_kind text, p_rows erp_internal.sent_row[], p_deletion boolean
)
returns integer[]
language plpgsql
stable
as $$
declare
    v_ordinals integer [];
begin
    case p_kind
{branches}
    end case;
    return v_ordinals;
end;
$$;
"""


def _is_claimed_for(kind: str) -> str:
    """Whether a planned row wants the configuration claimed."""
    if kind not in GUARDED:
        return "p_deletion and p.row_ctid is not null"
    return "case when p_deletion then p.row_ctid is not null else p.guarded <> '{}' end"
