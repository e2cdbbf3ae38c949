-- Returns the material rows of which something else was moved than they need (R2, R3, R5, R6, R9, R21, R29, R51), by
-- the release in force or by it and the registrations in force together; and decisions kept of a release that is not in
-- force.
-- One pass over the movements and one over the rows, by hash. What a row needs is computed here, not by the functions
-- of the plan, and from the settings of now only the decimals are used, which may have been others then.
create or replace function erp_internal.material_violations(p_company_id integer)
returns table (code text, example jsonb)
language plpgsql
stable
set enable_nestloop = off
as $$
#variable_conflict use_column
declare
    c_maximum_decimals constant integer := 10;
begin
    return query
    -- issues count above zero; of a transfer its issue, not the counterpart
    with moved as (
        select
            r.production_order_id,
            m.material_line as line,
            m.item_id,
            coalesce(m.item_variant_id, 0) as item_variant_id,
            pg_catalog.bool_or(r.production_declaration_id is null and r.document_key is null) as by_release,
            pg_catalog.bool_or(r.production_declaration_id is not null) as by_registration,
            -coalesce(
                pg_catalog.sum(m.quantity) filter (
                    where r.production_declaration_id is null and r.document_key is null
                ),
                0
            ) as released,
            -coalesce(pg_catalog.sum(m.quantity) filter (where r.production_declaration_id is not null), 0)
                as registered,
            pg_catalog.abs(
                coalesce(pg_catalog.sum(m.quantity) filter (where r.document_key is not null and not m.picked), 0)
            ) as returned
        from erp.stock_movement as m
        inner join erp.stock_record as r
            on r.company_id = p_company_id and r.record_date = m.record_date and r.stock_record_id = m.stock_record_id
        where m.company_id = p_company_id and m.material_line is not null and not m.counterpart and r.run_id is not null
        group by 1, 2, 3, 4
    ),

    -- rows that documents picked for, also if they were taken back since: what was picked when the order was released,
    -- or registered, is not known any more
    documented as (
        select r.production_order_id, m.material_line as line
        from erp.stock_movement as m
        inner join erp.stock_record as r
            on r.company_id = p_company_id and r.record_date = m.record_date and r.stock_record_id = m.stock_record_id
        where m.company_id = p_company_id and m.picked
        union
        select r.production_order_id, m.material_line
        from erp.removed_stock_movement as m
        inner join erp.removed_stock_record as r
            on r.company_id = p_company_id and r.record_date = m.record_date and r.stock_record_id = m.stock_record_id
        where m.company_id = p_company_id and m.picked
    ),

    -- the largest quantity declared of an order at one of its phases
    declared as (
        select
            p.production_order_id,
            pg_catalog.max(p.quantity) as quantity
        from (
            select
                d.production_order_id,
                pg_catalog.sum(d.good_quantity + d.scrap_quantity) as quantity
            from erp.production_declaration as d
            where d.company_id = p_company_id and d.registration_run_id is not null
            group by d.production_order_id, d.phase, d.sub_phase
        ) as p
        group by p.production_order_id
    ),

    -- what the rows need is the difference of two totals, each rounded (R29): up to the end of the order, or of what
    -- was declared if that is more, and up to its beginning
    material as (
        select
            m.production_order_id,
            m.line,
            m.item_id,
            coalesce(m.item_variant_id, 0) as item_variant_id,
            o.release_run_id is not null as released_order,
            k.wip_warehouse_id is not null as transferred,
            k.wip_warehouse_id is not null or k.movable and k.picking_type = 'automatic' as moves,
            k.movable and coalesce(k.picking_type, 'manual') = 'manual' as due,
            pg_catalog.sign(m.unit_quantity) as direction,
            case when m.fixed then 0 else m.unit_quantity * o.quantity_before * f.factor end as total_before,
            m.unit_quantity * case when m.fixed then 1 else o.quantity_before + o.quantity end * f.factor as total,
            m.unit_quantity * case
                when m.fixed then 1 else o.quantity_before + greatest(o.quantity, d.quantity)
            end * f.factor as maximum,
            m.picked_quantity,
            i.quantity_decimals
        from erp.production_order as o
        inner join erp.production_order_material as m
            on m.company_id = p_company_id and m.production_order_id = o.production_order_id
        inner join erp.item as i on i.company_id = p_company_id and i.item_id = m.item_id
        left join erp.released_material as k
            on k.company_id = p_company_id and k.production_order_id = m.production_order_id and k.line = m.line
        left join declared as d on d.production_order_id = o.production_order_id
        cross join lateral (select (100 + m.scrap_percent) * 0.01 as factor) as f
        where o.company_id = p_company_id and o.status <> 'launched'
    ),

    -- a row that was deleted needs nothing; one that neither moved nor was kept was added after the release
    compared as (
        select
            coalesce(m.production_order_id, v.production_order_id) as production_order_id,
            coalesce(m.line, v.line) as line,
            coalesce(m.item_id, v.item_id) as item_id,
            coalesce(m.transferred, false) as transferred,
            coalesce(m.released_order, true) as released_order,
            coalesce(m.moves, true) as moves,
            coalesce(m.due, v.by_release is not true) as due,
            coalesce(m.direction, 0) as direction,
            m.total_before,
            m.total,
            m.maximum,
            m.picked_quantity,
            m.quantity_decimals,
            coalesce(
                m.direction * greatest(
                    pg_catalog.abs(
                        pg_catalog.round(m.total, m.quantity_decimals)
                        - pg_catalog.round(m.total_before, m.quantity_decimals)
                    ) - m.picked_quantity,
                    0
                ),
                0
            ) as needed,
            coalesce(v.released, 0) as released,
            coalesce(v.registered, 0) as registered,
            coalesce(v.returned, 0) as returned,
            coalesce(v.by_registration, false) as by_registration,
            t.line is not null as documented
        from material as m
        full join moved as v
            on
                v.production_order_id = m.production_order_id and v.line = m.line and v.item_id = m.item_id
                and v.item_variant_id = m.item_variant_id
        left join documented as t
            on t.production_order_id = coalesce(m.production_order_id, v.production_order_id)
                and t.line = coalesce(m.line, v.line)
    ),

    material_violation as (
        select
            case
                when exists (
                    select
                    from pg_catalog.generate_series(0, c_maximum_decimals) as s (decimals)
                    where
                        c.moves
                        and c.released = c.direction * greatest(
                            pg_catalog.abs(
                                pg_catalog.round(c.total, s.decimals) - pg_catalog.round(c.total_before, s.decimals)
                            ) - c.picked_quantity,
                            0
                        )
                )
                    then 'issued_at_other_decimals'
                else 'issued_differs'
            end as code,
            c.production_order_id,
            c.line,
            c.item_id,
            pg_catalog.jsonb_build_object(
                'issued', pg_catalog.trim_scale(c.released),
                'needed', pg_catalog.trim_scale(case when c.moves then c.needed else 0 end)
            ) as figures
        from compared as c
        where
            c.released_order
            and case
                when c.documented and c.moves
                    then c.direction * c.released not between 0 and pg_catalog.abs(
                        pg_catalog.round(c.total, c.quantity_decimals)
                        - pg_catalog.round(c.total_before, c.quantity_decimals)
                    )
                else c.released <> case when c.moves then c.needed else 0 end
            end
        union all
        select
            'issued_twice',
            c.production_order_id,
            c.line,
            c.item_id,
            pg_catalog.jsonb_build_object(
                'issued', pg_catalog.trim_scale(c.released),
                'registered', pg_catalog.trim_scale(c.registered)
            )
        from compared as c
        where
            c.by_registration
            and (
                not c.due
                or c.direction * c.registered < 0
                or pg_catalog.abs(c.registered + case when c.transferred then 0 else c.released end)
                - c.returned > coalesce(
                    (
                        select
                            pg_catalog.max(
                                pg_catalog.abs(
                                    pg_catalog.round(c.maximum, s.decimals)
                                    - pg_catalog.round(c.total_before, s.decimals)
                                )
                            ) - case when c.documented then 0 else c.picked_quantity end
                        from pg_catalog.generate_series(0, c_maximum_decimals) as s (decimals)
                    ),
                    0
                )
            )
    )

    select
        f.code,
        f.figures || pg_catalog.jsonb_build_object(
            'order', erp_internal.order_label(o.order_year, o.order_number, o.order_lot),
            'line', f.line,
            'item_code', i.item_code
        ) as example
    from material_violation as f
    inner join erp.production_order as o
        on o.company_id = p_company_id and o.production_order_id = f.production_order_id
    left join erp.item as i on i.company_id = p_company_id and i.item_id = f.item_id
    -- launched orders are checked by order_violations
    where o.status <> 'launched'
    union all
    select
        'decision_left',
        pg_catalog.jsonb_build_object(
            'order', erp_internal.order_label(o.order_year, o.order_number, o.order_lot), 'status', o.status
        )
    from erp.production_order as o
    where
        o.company_id = p_company_id and o.release_run_id is null
        and o.production_order_id in (
            select k.production_order_id
            from erp.released_material as k
            where k.company_id = p_company_id
        );
end;
$$;
