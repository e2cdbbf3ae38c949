-- Returns the reasons to refuse the restore of one order, as a restore would find them (R32, R33, R38). Only for an
-- order that loaded something is the whole plan made; for others erp_internal.restore_obstacles is enough.
-- A plan runs through many functions, so the grid takes hold of the deployed version here, as a call does. Errors:
-- 40001.
create or replace function erp_internal.planned_blockers(p_company_id integer, p_order_id bigint)
returns jsonb
language plpgsql
stable
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set work_mem = '64MB'
as $$
begin
    perform erp_internal.assert_version();
    if exists (
        select
        from erp_internal.movements_in_force(
            p_company_id, array[erp_internal.removal(p_production_order_id => p_order_id)]
        ) as m
        where m.quantity > 0
    ) then
        return (
            select case p.outcome when 'refused' then p.reasons else '[]' end
            from erp_internal.plan_restore(p_company_id, array[p_order_id]) as p
        );
    end if;
    return coalesce(
        (
            select r.reasons
            from erp_internal.render_reasons(
                p_company_id,
                array(
                    select
                        erp_internal.refusal(
                            p_ordinal => 1,
                            p_code => b.code,
                            p_order_label => erp_internal.order_label(o.order_year, o.order_number, o.order_lot),
                            p_record_date => b.record_date,
                            p_detail => b.detail
                        )
                    from erp.production_order as o
                    cross join lateral erp_internal.restore_obstacles(
                        p_company_id, p_order_id, o.status, o.release_run_id, o.short_close_run_id
                    ) as b
                    where o.company_id = p_company_id and o.production_order_id = p_order_id
                )
            ) as r
        ),
        '[]'
    );
end;
$$;
