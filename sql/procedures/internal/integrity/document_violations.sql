-- Returns the material rows whose picked quantity is not what documents picked for them, and those of which documents
-- gave more back than was issued, by lot. One pass over the movements, by hash.
create or replace function erp_internal.document_violations(p_company_id integer)
returns table (code text, example jsonb)
language plpgsql
stable
set enable_nestloop = off
as $$
#variable_conflict use_column
begin
    return query
    with documented as materialized (
        select distinct r.production_order_id
        from erp.stock_record as r
        where r.company_id = p_company_id and r.document_key is not null and r.production_order_id is not null
    ),

    -- issues count above zero; what a release transferred is not used yet
    moved as materialized (
        select
            r.production_order_id,
            m.material_line as line,
            m.item_id,
            coalesce(m.lot_id, 0) as lot_id,
            -pg_catalog.sum(m.quantity) as issued,
            -coalesce(pg_catalog.sum(m.quantity) filter (where m.picked), 0) as picked,
            pg_catalog.bool_or(m.picked) as has_picks
        from documented as d
        inner join erp.stock_record as r
            on r.company_id = p_company_id and r.production_order_id = d.production_order_id
        inner join erp.stock_movement as m
            on m.company_id = p_company_id and m.record_date = r.record_date and m.stock_record_id = r.stock_record_id
        left join erp.released_material as k
            on
                k.company_id = p_company_id and k.production_order_id = r.production_order_id
                and k.line = m.material_line
        where
            r.run_id is not null and m.material_line is not null and not m.counterpart
            and (
                k.wip_warehouse_id is null or r.production_declaration_id is not null or r.document_key is not null
            )
        group by 1, 2, 3, 4
    ),

    violation as (
        select
            'picked_differs' as code,
            v.production_order_id,
            v.line,
            v.item_id,
            0 as lot_id,
            pg_catalog.jsonb_build_object(
                'picked_quantity', pg_catalog.trim_scale(m.picked_quantity),
                'documented_quantity', pg_catalog.trim_scale(v.picked)
            ) as figures
        from (
            select v.production_order_id, v.line, v.item_id, pg_catalog.sum(v.picked) as picked
            from moved as v
            group by 1, 2, 3
            having pg_catalog.bool_or(v.has_picks)
        ) as v
        left join erp.production_order_material as m
            on
                m.company_id = p_company_id and m.production_order_id = v.production_order_id and m.line = v.line
                and m.item_id = v.item_id
        where
            m.picked_quantity is distinct from v.picked * case when m.unit_quantity < 0 then -1 else 1 end
        union all
        select
            'return_uncovered',
            v.production_order_id,
            v.line,
            v.item_id,
            v.lot_id,
            pg_catalog.jsonb_build_object('issued', pg_catalog.trim_scale(v.issued))
        from moved as v
        inner join erp.production_order_material as m
            on m.company_id = p_company_id and m.production_order_id = v.production_order_id and m.line = v.line
        where v.issued * case when m.unit_quantity < 0 then -1 else 1 end < 0
    )

    select
        v.code,
        v.figures || pg_catalog.jsonb_build_object(
            'order', erp_internal.order_label(o.order_year, o.order_number, o.order_lot),
            'line', v.line,
            'item_code', i.item_code,
            'lot_code', t.lot_code
        ) as example
    from violation as v
    inner join erp.production_order as o
        on o.company_id = p_company_id and o.production_order_id = v.production_order_id
    left join erp.item as i on i.company_id = p_company_id and i.item_id = v.item_id
    left join erp.lot as t on t.company_id = p_company_id and t.lot_id = v.lot_id;
end;
$$;
