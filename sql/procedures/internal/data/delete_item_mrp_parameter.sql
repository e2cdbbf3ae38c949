-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Deletes rows of a kind: item_mrp_parameter (R72). Returns the positions of those that were deleted, and why others are not;
-- a row that is not there is in neither.
-- p_claimed: whether the call has claimed the configuration; without that no row is there to be deleted.
-- Precondition: write mode run; keys are without faults, and none comes twice. Errors: 40001.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.delete_item_mrp_parameter(
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
    v_plan erp_internal.item_mrp_parameter_plan [];
    v_row_count bigint;
begin
    v_plan := array(
        select p from erp_internal.plan_item_mrp_parameter(p_company_id, p_rows) as p where p.row_ctid is not null
    );
    perform erp_internal.assert_row_count(0, pg_catalog.count(*)) from unnest(v_plan) where not p_claimed;
    refusals := '{}';
    delete from erp.item_mrp_parameter as t
    using unnest(v_plan) as p
    where t.company_id = p_company_id and t.ctid = p.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.assert_row_count(pg_catalog.cardinality(v_plan), v_row_count);
    deleted := array(select p.ordinal from unnest(v_plan) as p);
end;
$$;
