-- Returns the orders that contradict the runs and the rules (R2, R7, R20, R23, R28, R35, R50, R55): their releases,
-- short closes and status, splits, kept commitments, and the state of job orders; and those that copy something else
-- than there is (R42).
create or replace function erp_internal.order_violations(p_company_id integer)
returns table (code text, example jsonb)
language plpgsql
stable
set enable_nestloop = off
as $$
#variable_conflict use_column
begin
    return query
    with answer as materialized (
        select
            a.run_id,
            a.production_order_id,
            a.order_year,
            a.order_number,
            a.order_lot,
            a.outcome,
            a.other_order_id
        from erp.run_order as a
        inner join erp.run as u on u.company_id = p_company_id and u.run_id = a.run_id
        where
            a.company_id = p_company_id
            and (u.kind = 'release' and a.outcome in ('released', 'split') or a.outcome = 'restored')
    ),

    -- an order made executive without a release can be restored too (R39), so restores may outnumber releases
    released as (
        select
            a.production_order_id,
            pg_catalog.max(erp_internal.order_label(a.order_year, a.order_number, a.order_lot)) as order_label,
            pg_catalog.count(*) filter (where a.outcome <> 'restored') as release_count,
            pg_catalog.count(*) filter (where a.outcome = 'restored') as restore_count,
            pg_catalog.max(a.run_id) as last_run_id,
            pg_catalog.max(a.run_id) filter (where a.outcome = 'restored') as last_restore_run_id
        from answer as a
        group by a.production_order_id
    ),

    order_violation as (
        select
            'release_unknown' as code,
            o.production_order_id,
            pg_catalog.jsonb_build_object('run_id', o.release_run_id) as figures
        from erp.production_order as o
        left join answer as a
            on
                a.run_id = o.release_run_id and a.production_order_id = o.production_order_id
                and a.outcome <> 'restored'
        where o.company_id = p_company_id and o.release_run_id is not null and a.run_id is null
        union all
        select
            'launched_order_released',
            o.production_order_id,
            pg_catalog.jsonb_build_object('run_id', o.release_run_id)
        from erp.production_order as o
        left join (
            select distinct r.production_order_id
            from erp.stock_record as r
            where r.company_id = p_company_id and r.run_id is not null and r.document_key is null
        ) as r on r.production_order_id = o.production_order_id
        left join (
            select distinct d.production_order_id
            from erp.production_declaration as d
            where d.company_id = p_company_id and d.registration_run_id is not null
        ) as d on d.production_order_id = o.production_order_id
        where
            o.company_id = p_company_id and o.status = 'launched'
            and coalesce(o.release_run_id, r.production_order_id, d.production_order_id) is not null
        union all
        select
            case when r.release_count > r.restore_count + 1 then 'released_twice' else 'release_lost' end,
            o.production_order_id,
            pg_catalog.jsonb_build_object('release_count', r.release_count, 'restore_count', r.restore_count)
        from released as r
        inner join erp.production_order as o
            on o.company_id = p_company_id and o.production_order_id = r.production_order_id
        where r.release_count > r.restore_count + case when o.release_run_id is null then 0 else 1 end
        union all
        -- an order that was released or registered is closed by a registration or short, and archived after that
        select
            'status_unexplained',
            o.production_order_id,
            pg_catalog.jsonb_build_object('run_id', o.release_run_id)
        from erp.production_order as o
        left join (
            select
                d.production_order_id,
                pg_catalog.bool_or(d.closed_order) as closed
            from erp.production_declaration as d
            where d.company_id = p_company_id and d.registration_run_id is not null
            group by d.production_order_id
        ) as d on d.production_order_id = o.production_order_id
        where
            o.company_id = p_company_id and o.short_close_run_id is null
            and (o.release_run_id is not null or d.production_order_id is not null)
            and case o.status
                when 'closed' then d.production_order_id is null  -- the others: declaration_violations
                when 'archived' then d.closed is not true
                else false
            end
        union all
        -- the short close in force is the last that the runs know of; the order is closed, and by no registration
        select
            'short_close_differs',
            o.production_order_id,
            pg_catalog.jsonb_build_object(
                'run_id', o.short_close_run_id, 'close_run_id', c.close_run_id, 'reopen_run_id', c.reopen_run_id
            )
        from erp.production_order as o
        left join (
            select
                a.production_order_id,
                pg_catalog.max(a.run_id) filter (where a.outcome = 'closed') as close_run_id,
                pg_catalog.max(a.run_id) filter (where a.outcome = 'reopened') as reopen_run_id
            from erp.run_order as a
            where a.company_id = p_company_id and a.outcome in ('closed', 'reopened')
            group by a.production_order_id
        ) as c on c.production_order_id = o.production_order_id
        where
            o.company_id = p_company_id
            and (
                o.short_close_run_id is distinct from case
                    when c.reopen_run_id > c.close_run_id then null else c.close_run_id
                end
                or o.short_close_run_id is not null
                and (
                    o.status not in ('closed', 'archived')
                    or exists (
                        select
                        from erp.production_declaration as d
                        where
                            d.company_id = p_company_id and d.production_order_id = o.production_order_id
                            and d.closed_order
                    )
                )
            )
        union all
        -- its last run is a restore, which left it launched
        select
            'status_without_release',
            o.production_order_id,
            pg_catalog.jsonb_build_object('restore_run_id', r.last_run_id)
        from released as r
        inner join erp.production_order as o
            on o.company_id = p_company_id and o.production_order_id = r.production_order_id
        where
            r.last_run_id = r.last_restore_run_id
            and o.release_run_id is null and o.status in ('executive', 'closed')
        union all
        -- each split belongs to the release in force that answered split, and each such release has one
        select
            'split_differs',
            coalesce(s.production_order_id, a.production_order_id),
            pg_catalog.jsonb_build_object('run_id', o.release_run_id)
        from erp.production_order as o
        left join erp.production_order_split as s
            on s.company_id = p_company_id and s.production_order_id = o.production_order_id
        left join answer as a
            on
                a.run_id = o.release_run_id and a.production_order_id = o.production_order_id and a.outcome = 'split'
        where o.company_id = p_company_id and s.remainder_order_id is distinct from a.other_order_id
        union all
        -- a remainder that was split itself counts with its whole quantity; one that was restored may have kept less
        select
            'split_sum_differs',
            o.production_order_id,
            pg_catalog.jsonb_build_object(
                'whole_quantity', pg_catalog.trim_scale(s.quantity),
                'quantity', pg_catalog.trim_scale(o.quantity),
                'remainder_quantity', pg_catalog.trim_scale(coalesce(n.quantity, r.quantity))
            )
        from erp.production_order_split as s
        inner join erp.production_order as o
            on o.company_id = p_company_id and o.production_order_id = s.production_order_id
        inner join erp.run as u on u.company_id = p_company_id and u.run_id = o.release_run_id
        inner join erp.production_order as r
            on r.company_id = p_company_id and r.production_order_id = s.remainder_order_id
        left join erp.production_order_split as n
            on n.company_id = p_company_id and n.production_order_id = r.production_order_id
        where
            s.company_id = p_company_id
            and o.changed_at = u.started_at
            and r.changed_at = r.created_at
            and o.quantity + coalesce(n.quantity, r.quantity) <> s.quantity
            and not exists (
                select
                from answer as a
                where a.production_order_id = s.remainder_order_id and a.outcome = 'restored'
            )
        union all
        select
            'commitment_left',
            o.production_order_id,
            '{}'
        from erp.production_order as o
        where
            o.company_id = p_company_id and o.release_run_id is null
            and o.production_order_id in (
                select b.production_order_id
                from erp.material_lot_before_release as b
                where b.company_id = p_company_id
            )
        union all
        select
            'order_copy_differs',
            o.production_order_id,
            pg_catalog.jsonb_build_object(
                'columns',
                pg_catalog.array_to_string(
                    array[
                        case when i.item_code is distinct from o.copied_item_code then 'copied_item_code' end,
                        case when j.job_year is distinct from o.copied_job_year then 'copied_job_year' end,
                        case when j.job_number is distinct from o.copied_job_number then 'copied_job_number' end,
                        case when f.department is distinct from o.first_department then 'first_department' end,
                        case when f.work_center is distinct from o.first_work_center then 'first_work_center' end,
                        case when f.machine is distinct from o.first_machine then 'first_machine' end,
                        case when u.started_at is distinct from o.released_at then 'released_at' end
                    ],
                    ', '
                )
            )
        from erp.production_order as o
        left join erp.item as i on i.company_id = p_company_id and i.item_id = o.item_id
        left join erp.job_order as j on j.company_id = p_company_id and j.job_order_id = o.job_order_id
        left join erp.run as u on u.company_id = p_company_id and u.run_id = o.release_run_id
        left join (
            select distinct on (f.production_order_id)
                f.production_order_id,
                f.department,
                f.work_center,
                f.machine
            from erp.production_order_phase as f
            where f.company_id = p_company_id
            order by f.production_order_id, f.phase, f.sub_phase
        ) as f on f.production_order_id = o.production_order_id
        where
            o.company_id = p_company_id
            and (
                i.item_code, j.job_year, j.job_number, f.department, f.work_center, f.machine, u.started_at
            ) is distinct from (
                o.copied_item_code, o.copied_job_year, o.copied_job_number, o.first_department, o.first_work_center,
                o.first_machine, o.released_at
            )
    )

    select
        f.code,
        f.figures || pg_catalog.jsonb_build_object(
            'order', erp_internal.order_label(o.order_year, o.order_number, o.order_lot), 'status', o.status
        ) as example
    from order_violation as f
    inner join erp.production_order as o
        on o.company_id = p_company_id and o.production_order_id = f.production_order_id
    union all
    -- of an order that was deleted
    select
        'release_lost',
        pg_catalog.jsonb_build_object(
            'order', r.order_label, 'release_count', r.release_count, 'restore_count', r.restore_count
        )
    from released as r
    left join erp.production_order as o
        on o.company_id = p_company_id and o.production_order_id = r.production_order_id
    where o.production_order_id is null and r.release_count > r.restore_count
    union all
    select
        'job_status_differs',
        pg_catalog.jsonb_build_object(
            'job_order', j.job_year || '/' || j.job_number, 'status', j.status, 'expected_status', e.status
        )
    from erp.job_order as j
    left join (
        select
            o.job_order_id,
            pg_catalog.bool_or(o.status in ('executive', 'closed')) as released,
            pg_catalog.bool_or(o.status = 'launched') as launched
        from erp.production_order as o
        where o.company_id = p_company_id and o.job_order_id is not null
        group by o.job_order_id
    ) as o on o.job_order_id = j.job_order_id
    cross join
        lateral (
            select
                case
                    when j.supply_released or o.released then 'executive'
                    when o.launched then 'launched'
                    else 'scheduled'
                end as status
        ) as e
    where j.company_id = p_company_id and j.status <> e.status;
end;
$$;
