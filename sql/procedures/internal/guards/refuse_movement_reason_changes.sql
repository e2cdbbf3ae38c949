-- Refuses a change of a reason's direction while records bear it (R20).
-- Precondition: the configuration is claimed, at read committed.
create or replace function erp_internal.refuse_movement_reason_changes(
    p_company_id integer, p_plan erp_internal.movement_reason_plan[]
)
returns setof erp_internal.refusal
language plpgsql
stable
as $$
begin
    return query
    select r.*
    from unnest(p_plan) as p
    inner join erp_internal.reasons_in_use(
        array(
            select k::erp_internal.reason_key
            from (
                select p_company_id as company_id, g.movement_reason_id
                from unnest(p_plan) as g
                where g.guarded <> '{}'
            ) as k
        )
    ) as u on u.movement_reason_id = p.movement_reason_id
    cross join lateral erp_internal.refusal(
        p_ordinal => p.ordinal,
        p_code => 'reason_used',
        p_order_label => null,
        p_warehouse_id => p.warehouse_id,
        p_detail => pg_catalog.replace(u.example, 'a record of', 'stock_record'),
        p_column_name => 'direction'
    ) as r;
end;
$$;
