"""`delete_KIND`: refuses to delete the rows that somebody names, and deletes the others with what goes with them."""

from __future__ import annotations

from harness.dev.data_puts.kinds import EMPTIED
from harness.dev.data_puts.references import self_reference
from harness.dev.data_puts.self_references import keep_named_rows
from harness.dev.sql_text import WRITTEN
from rilascio.loading.files import File


def delete_function(file: File) -> str:
    """Return the text of the function."""
    stays = "\n    v_stays erp_internal.refusal [];" if self_reference(file) else ""
    return f"""\
-- Deletes rows of a kind: {file.name} (R72). Returns the positions of those that were deleted, and why others are not;
-- a row that is not there is in neither.
-- p_claimed: whether the call has claimed the configuration; without that no row is there to be deleted.
-- Precondition: write mode run; keys are without faults, and none comes twice. Errors: 40001.
{WRITTEN} and the catalog.
create or replace function erp_internal.delete_{file.name}(
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
{_refuse_used_rows(file)}{keep_named_rows(file)}{_delete_emptied(file)}\
    delete from erp.{file.tables[0]} as t
    using unnest(v_plan) as p
    where t.company_id = p_company_id and t.ctid = p.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.assert_row_count(pg_catalog.cardinality(v_plan), v_row_count);
    deleted := array(select p.ordinal from unnest(v_plan) as p);
end;
$$;
"""


def _refuse_used_rows(file: File) -> str:
    """Statements that refuse rows which are named, and leave the others in the plan."""
    if not file.identity:
        return "    refusals := '{}';\n"
    ids = f"array(select p.{file.identity} from unnest(v_plan) as p)"
    item = "\n                p_item_id => p.item_id," if file.name == "item" else ""
    return f"""\
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
    v_plan := array(
        select p
        from unnest(v_plan) as p
        where not exists (select from unnest(refusals) as r where r.ordinal = p.ordinal)
    );
"""


def _delete_emptied(file: File) -> str:
    """Statements that delete what goes with the rows."""
    text = ""
    for table in EMPTIED.get(file.name, ()):
        zero = " and b.on_hand = 0" if table == "stock_balance" else ""
        text += f"""\
    delete from erp.{table} as b
    using unnest(v_plan) as p
    where b.company_id = p_company_id and b.{file.identity} = p.{file.identity}{zero};
"""
    return text
