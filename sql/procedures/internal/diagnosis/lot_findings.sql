-- Finds the lots that launched orders lack: none or too few on rows that must name them (R5, R25), or stock of which no
-- lot is usable on the record date (R26).
create or replace function erp_internal.lot_findings(
    p_company_id integer, p_demand erp_internal.material_demand[]
)
returns table (code text, severity text, subject text, ordinal integer, line integer, example jsonb)
language plpgsql
stable
as $$
#variable_conflict use_column
declare
    v_by_lot erp_internal.material_demand [];
begin
    -- the lots of a material are checked once, however many rows want it
    v_by_lot := array(
        select one.demand
        from (
            select distinct on (d.item_id, d.item_variant_id, d.warehouse_id, d.allow_unavailable_lots)
                d::erp_internal.material_demand as demand
            from unnest(p_demand) as d
            where d.by_lot and not d.load and d.warehouse_id is not null
            order by d.item_id, d.item_variant_id, d.warehouse_id, d.allow_unavailable_lots, d.ordinal, d.line
        ) as one
    );

    return query
    with cell as materialized (
        select
            c.warehouse_id,
            c.item_id,
            c.item_variant_id,
            pg_catalog.bool_or(c.usable) as usable,
            pg_catalog.bool_or(c.usable_unavailable) as usable_unavailable
        from unnest(erp_internal.stock_cells(p_company_id, v_by_lot)) as c
        group by 1, 2, 3
    )

    -- manual policy and by-products: the lots written on the row must cover it (R5, R25)
    select
        'lot_required' as code,
        'error' as severity,
        pg_catalog.to_char(d.ordinal, '000000000') || pg_catalog.to_char(d.line, '000000000') as subject,
        d.ordinal,
        d.line,
        pg_catalog.jsonb_build_object(
            'item_code', i.item_code,
            'required', pg_catalog.trim_scale(d.quantity),
            'available', pg_catalog.trim_scale(c.quantity)
        ) as example
    from unnest(p_demand) as d
    cross join lateral (
        select coalesce(pg_catalog.sum(c.quantity), 0) as quantity
        from unnest(d.commitments) as c
    ) as c
    inner join erp.item as i on i.company_id = p_company_id and i.item_id = d.item_id
    where
        d.by_lot and (d.load or d.lot_policy = 'manual') and d.warehouse_id is not null
        and c.quantity < d.quantity
    union all
    select
        'lots_unusable',
        'error',
        pg_catalog.concat_ws('/', i.item_code, v.variant_code, w.warehouse_code),
        b.ordinal,
        b.line,
        pg_catalog.jsonb_build_object(
            'item_code', i.item_code, 'variant_code', v.variant_code, 'warehouse_code', w.warehouse_code
        )
    from unnest(v_by_lot) as b
    left join cell as c
        on
            c.warehouse_id = b.warehouse_id and c.item_id = b.item_id and c.item_variant_id = b.item_variant_id
    inner join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = b.warehouse_id
    inner join erp.item as i on i.company_id = p_company_id and i.item_id = b.item_id
    left join erp.item_variant as v on v.company_id = p_company_id and v.item_variant_id = b.item_variant_id
    where
        not coalesce(case when b.allow_unavailable_lots then c.usable_unavailable else c.usable end, false)
        and exists (
            select
            from erp.stock_balance as s
            where
                s.company_id = p_company_id and s.warehouse_id = b.warehouse_id and s.item_id = b.item_id
                and coalesce(s.item_variant_id, 0) = b.item_variant_id and s.lot_id is not null and s.on_hand > 0
        );
end;
$$;
