"""`put_KIND`: refuses the rows of which the plan finds something wrong, and writes the others."""

from __future__ import annotations

from harness.dev.data_puts.catalog import Tables
from harness.dev.data_puts.kinds import GUARDED, JUDGED
from harness.dev.data_puts.self_references import refuse_lost_rows
from harness.dev.data_puts.written_rows import assert_claimed, write_company, write_rows
from harness.dev.sql_text import WRITTEN
from rilascio.loading.files import File


def put_function(file: File, tables: Tables) -> str:
    """Return the text of the function."""
    claimed, claimed_meaning = "", ""
    if file.name in GUARDED:
        claimed = "\n    p_claimed boolean,"
        claimed_meaning = """ p_claimed:
-- whether the call has claimed the configuration; without that no guarded column changes."""
    variables = "" if file.name == "company" else "\n    v_rows erp_internal.sent_row [];\n    v_row_count bigint;"
    writing = write_company(file, tables) if file.name == "company" else write_rows(file, tables)
    return f"""\
-- Puts rows of a kind: {file.name}. Returns the positions of those that were made and changed, and why others are not;
-- what is in none of these is unchanged, and no lock is held on it.
-- p_refused: positions of rows that are checked, but not written, since they are refused already.{claimed_meaning}
-- Precondition: write mode run; the cells are without faults, and no key comes twice. Locks: the rows, in key order.
-- Errors: 40001 if what the call works on has been changed by another call meanwhile.
{WRITTEN} and the catalog.
create or replace function erp_internal.put_{file.name}(
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
{assert_claimed(file)}{_refuse_rows(file)}{refuse_lost_rows(file)}{writing}
end;
$$;
"""


def _refuse_rows(file: File) -> str:
    """Statements that gather why rows are refused."""
    judged = ""
    if file.name in JUDGED:
        judged = f""" || array(
        select r from erp_internal.refuse_{file.name}_changes(p_company_id, v_plan) as r
    )"""
    return f"""\
    refusals := erp_internal.cell_refusals(
        array(select f from unnest(v_plan) as p cross join lateral unnest(p.faults) as f)
    ){judged};
    v_refused := p_refused || array(select r.ordinal::integer from unnest(refusals) as r);
"""
