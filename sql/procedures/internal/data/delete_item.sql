-- noqa: disable=layout.long_lines,LT01,LT02,LT05,LT09,LT14,ST02
-- Deletes rows of a kind: item (R72). Returns the positions of those that were deleted, and why others are not;
-- a row that is not there is in neither.
-- p_claimed: whether the call has claimed the configuration; without that no row is there to be deleted.
-- Precondition: write mode run; keys are without faults, and none comes twice. Errors: 40001.
-- Written by `make docs` from the description of the load format (rilascio.loading.files) and the catalog.
create or replace function erp_internal.delete_item(
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
    v_plan erp_internal.item_plan [];
    v_row_count bigint;
begin
    v_plan := array(
        select p from erp_internal.plan_item(p_company_id, p_rows) as p where p.row_ctid is not null
    );
    perform erp_internal.assert_row_count(0, pg_catalog.count(*)) from unnest(v_plan) where not p_claimed;
    refusals := array(
        select
            erp_internal.refusal(
                p_ordinal => p.ordinal,
                p_code => 'still_used',
                p_order_label => null,
                p_item_id => p.item_id,
                p_required => u.use_count,
                p_detail => u.used_by,
                p_expected => u.example
            )
        from unnest(v_plan) as p
        inner join erp_internal.uses_of_item(p_company_id, array(select p.item_id from unnest(v_plan) as p)) as u on u.row_id = p.item_id
    );
    v_plan := array(
        select p
        from unnest(v_plan) as p
        where not exists (select from unnest(refusals) as r where r.ordinal = p.ordinal)
    );
    delete from erp.stock_balance as b
    using unnest(v_plan) as p
    where b.company_id = p_company_id and b.item_id = p.item_id and b.on_hand = 0;
    delete from erp.item as t
    using unnest(v_plan) as p
    where t.company_id = p_company_id and t.ctid = p.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.assert_row_count(pg_catalog.cardinality(v_plan), v_row_count);
    deleted := array(select p.ordinal from unnest(v_plan) as p);
end;
$$;
