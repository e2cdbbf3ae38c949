-- Returns the declarations that contradict their orders, their runs or their sequence (R51-R53).
create or replace function erp_internal.declaration_violations(p_company_id integer)
returns table (code text, example jsonb)
language plpgsql
stable
set enable_nestloop = off
as $$
#variable_conflict use_column
begin
    return query
    -- each declaration in the sequence of its phase
    with declaration as materialized (
        select
            d.production_declaration_id,
            d.production_order_id,
            d.phase,
            d.sub_phase,
            d.kind,
            d.produced_quantity,
            d.closed_order,
            d.registration_run_id,
            pg_catalog.lag(d.kind) over g as earlier_kind,
            pg_catalog.bool_or(d.registration_run_id is null) over (g rows between unbounded preceding and 1 preceding)
                as after_unregistered
        from erp.production_declaration as d
        where d.company_id = p_company_id
        window g as (
            partition by d.production_order_id, d.phase, d.sub_phase
            order by d.declared_at, d.production_declaration_id
        )
    ),

    -- what the registrations did, as they kept it (R54)
    registered as materialized (
        select
            d.production_order_id,
            pg_catalog.bool_or(d.closed_order) as closed,
            pg_catalog.sum(d.produced_quantity) as produced_quantity
        from declaration as d
        where d.registration_run_id is not null
        group by d.production_order_id
    ),

    -- how often each declaration was registered and rolled back; it may have been deleted
    answered as materialized (
        select
            a.production_declaration_id,
            pg_catalog.max(erp_internal.order_label(a.order_year, a.order_number, a.order_lot)) as order_label,
            pg_catalog.count(*) filter (where a.outcome = 'registered') as registration_count,
            pg_catalog.count(*) filter (where a.outcome = 'rolled_back') as rollback_count
        from erp.run_order as a
        where
            a.company_id = p_company_id and a.outcome in ('registered', 'rolled_back')
        group by a.production_declaration_id
    ),

    declaration_violation as (
        select
            'registration_unknown' as code,
            d.production_declaration_id,
            pg_catalog.jsonb_build_object('run_id', d.registration_run_id) as figures
        from declaration as d
        left join (
            select
                a.run_id,
                a.production_declaration_id
            from erp.run_order as a
            inner join erp.run as u on u.company_id = p_company_id and u.run_id = a.run_id
            where a.company_id = p_company_id and u.kind = 'registration' and a.outcome = 'registered'
        ) as a
            on a.run_id = d.registration_run_id and a.production_declaration_id = d.production_declaration_id
        where d.registration_run_id is not null and a.run_id is null
        union all
        select
            'declarations_out_of_sequence',
            d.production_declaration_id,
            pg_catalog.jsonb_build_object('kind', d.kind, 'after', d.earlier_kind)
        from declaration as d
        where
            not case
                when d.earlier_kind is null then d.kind = 'opening'
                when d.earlier_kind = 'closing' then false
                when d.earlier_kind = 'suspension' then d.kind = 'resume'
                else d.kind in ('suspension', 'progress', 'closing')
            end
        union all
        select
            'registered_out_of_sequence',
            d.production_declaration_id,
            pg_catalog.jsonb_build_object('kind', d.kind)
        from declaration as d
        where d.registration_run_id is not null and d.after_unregistered
    )

    select
        f.code,
        f.figures || pg_catalog.jsonb_build_object(
            'declaration_id', f.production_declaration_id,
            'order', erp_internal.order_label(o.order_year, o.order_number, o.order_lot),
            'phase', erp_internal.phase_label(d.phase, d.sub_phase)
        ) as example
    from declaration_violation as f
    inner join declaration as d on d.production_declaration_id = f.production_declaration_id
    inner join erp.production_order as o
        on o.company_id = p_company_id and o.production_order_id = d.production_order_id
    union all
    select
        'registration_lost',
        pg_catalog.jsonb_build_object(
            'declaration_id', a.production_declaration_id, 'order', a.order_label,
            'registration_count', a.registration_count, 'rollback_count', a.rollback_count
        )
    from answered as a
    left join declaration as d on d.production_declaration_id = a.production_declaration_id
    where d.registration_run_id is null and a.registration_count > a.rollback_count
    union all
    select
        'closing_differs',
        pg_catalog.jsonb_build_object(
            'order', erp_internal.order_label(o.order_year, o.order_number, o.order_lot), 'status', o.status
        )
    from registered as r
    inner join erp.production_order as o
        on o.company_id = p_company_id and o.production_order_id = r.production_order_id
    where o.status = case when r.closed then 'executive' else 'closed' end and o.short_close_run_id is null
    union all
    select
        'produced_quantity_differs',
        pg_catalog.jsonb_build_object(
            'order', erp_internal.order_label(o.order_year, o.order_number, o.order_lot),
            'produced_quantity', pg_catalog.trim_scale(o.produced_quantity),
            'registered_quantity', pg_catalog.trim_scale(r.produced_quantity)
        )
    from registered as r
    inner join erp.production_order as o
        on o.company_id = p_company_id and o.production_order_id = r.production_order_id
    where r.produced_quantity <> o.produced_quantity and r.produced_quantity > 0;
end;
$$;
