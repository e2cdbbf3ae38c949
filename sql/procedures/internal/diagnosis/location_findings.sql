-- Finds the blocked locations that something names (R14): material rows of launched orders, the item-location map,
-- reasons.
create or replace function erp_internal.location_findings(
    p_company_id integer, p_demand erp_internal.material_demand[]
)
returns table (code text, severity text, subject text, ordinal integer, line integer, example jsonb)
language plpgsql
stable
as $$
#variable_conflict use_column
begin
    return query
    select
        'location_blocked' as code,
        b.severity,
        w.warehouse_code || '/' || l.location_code as subject,
        b.ordinal,
        b.line,
        pg_catalog.jsonb_build_object('warehouse_code', w.warehouse_code, 'location_code', l.location_code) || b.example
            as example
    from (
        -- a row of a lot item takes from its own location alone, any other row takes the next location (R14)
        select
            case when d.by_lot and not d.load then 'error' else 'warning' end as severity,
            d.own_location_id as location_id,
            d.ordinal,
            d.line,
            '{}'::jsonb as example
        from unnest(p_demand) as d
        where d.own_location_id <> 0
        union all
        select
            'warning',
            m.location_id,
            null,
            null,
            pg_catalog.jsonb_build_object('item_code', i.item_code)
        from erp.item_location as m
        inner join erp.item as i on i.company_id = p_company_id and i.item_id = m.item_id
        where m.company_id = p_company_id
        union all
        select
            'warning',
            r.default_location_id,
            null,
            null,
            pg_catalog.jsonb_build_object('reason_code', r.reason_code)
        from erp.movement_reason as r
        where r.company_id = p_company_id
    ) as b
    inner join erp.location as l
        on l.company_id = p_company_id and l.location_id = b.location_id and l.blocked
    inner join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = l.warehouse_id;
end;
$$;
