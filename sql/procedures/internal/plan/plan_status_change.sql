-- Plans the change of the status of orders (R55, R56): for each order, whether it is closed, reopened or archived,
-- already is what the call makes of it, or is refused, with the reason. p_change: close, reopen or archive.
-- Precondition for execution: the orders are locked. Changes nothing. Runs on cached plans, so no join may depend on
-- how many rows there are: sets by hash, tables by key.
create or replace function erp_internal.plan_status_change(p_company_id integer, p_order_ids bigint[], p_change text)
returns table (ordinal integer, order_id bigint, outcome text, reasons jsonb)
language plpgsql
stable
set enable_nestloop = off
as $$
#variable_conflict use_column
begin
    return query
    with planned as materialized (
        select
            a.ordinal::integer as ordinal,
            a.production_order_id,
            erp_internal.order_label(o.order_year, o.order_number, o.order_lot) as order_label,
            c.outcome,
            c.code,
            c.detail
        from unnest(p_order_ids) with ordinality as a (production_order_id, ordinal)
        cross join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o
        cross join lateral erp_internal.status_change(
            p_company_id, a.production_order_id, p_change, o.status, o.short_close_run_id
        ) as c
    )

    select
        p.ordinal,
        p.production_order_id as order_id,
        p.outcome,
        coalesce(r.reasons, '[]') as reasons
    from planned as p
    left join erp_internal.render_reasons(
        p_company_id,
        array(
            select
                erp_internal.refusal(
                    p_ordinal => p.ordinal, p_code => p.code, p_order_label => p.order_label, p_detail => p.detail
                )
            from planned as p
            where p.outcome = 'refused'
        )
    ) as r on r.ordinal = p.ordinal
    order by 1;
end;
$$;
