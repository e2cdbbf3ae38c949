-- Returns what is wrong with the lines of stock documents themselves: cells that are missing, that contradict each
-- other or that name nothing, or a material row of another item. Whatever hangs on a cell that holds no value
-- (p_faults) is not asked.
-- Once documents pick for a material row, its picked quantity is their sum: so they do not begin where another one was
-- put.
create or replace function erp_internal.check_document_lines(
    p_company_id integer,
    p_sent erp_internal.stock_document_line_row[],
    p_lines erp_internal.document_line[],
    p_faults erp_internal.cell_fault[]
)
returns setof erp_internal.cell_fault
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    return query
    select c.*
    from unnest(p_lines) as l
    inner join unnest(p_sent) as s on s.ordinal = l.ordinal and s.place = l.line
    left join lateral erp_internal.material_by_line(p_company_id, l.production_order_id, l.material_line) as m on true
    left join (
        select g.production_order_id, g.line, pg_catalog.abs(pg_catalog.sum(g.picked_quantity)) as picked_quantity
        from erp_internal.issued_materials(
            p_company_id,
            array(
                select distinct n.production_order_id
                from unnest(p_lines) as n
                where n.production_order_id is not null
            )
        ) as g
        group by g.production_order_id, g.line
    ) as g on g.production_order_id = l.production_order_id and g.line = l.material_line
    left join (
        select f.ordinal, f.place, pg_catalog.array_agg(f.column_name) as columns
        from unnest(p_faults) as f
        where f.place is not null
        group by f.ordinal, f.place
    ) as f on f.ordinal = l.ordinal and f.place = l.line
    cross join lateral (
        values
        ('warehouse_code', 'value_required', null, null, s.warehouse_code is null),
        (
            'warehouse_code', 'unknown_reference', s.warehouse_code, 'warehouse',
            s.warehouse_code is not null and l.warehouse_id is null
        ),
        ('item_code', 'value_required', null, null, s.item_code is null),
        ('item_code', 'unknown_reference', s.item_code, 'item', s.item_code is not null and l.item_id is null),
        (
            'variant_code', 'unknown_reference', s.variant_code, 'item_variant',
            l.item_id is not null and l.item_variant_id is null
        ),
        (
            'location_code', 'unknown_reference', s.location_code, 'location',
            l.warehouse_id is not null and l.location_id is null
        ),
        (
            'lot_code', 'rule_broken', s.lot_code, 'the item is not a lot item (tracking is none)',
            s.lot_code is not null and not l.by_lot
        ),
        (
            'quantity', 'value_required', null, null,
            s.quantity is null and s.counted_quantity is null
            and not coalesce(f.columns && array['counted_quantity'], false)
        ),
        (
            'counted_quantity', 'rule_broken', s.counted_quantity::text,
            'quantity and counted_quantity exclude each other',
            s.quantity is not null and s.counted_quantity is not null
        ),
        (
            'load_reason_code', 'rule_broken', s.load_reason_code,
            'load_reason_code is given without counted_quantity',
            s.load_reason_code is not null and s.counted_quantity is null
        ),
        (
            'reason_code', 'value_required', null, null,
            s.reason_code is null and s.load_reason_code is null
        ),
        (
            'order_year', 'rule_broken', s.order_year::text, 'order_year is given without order_number',
            s.order_year is not null and s.order_number is null
        ),
        (
            'order_number', 'rule_broken', s.order_number::text, 'order_number is given without order_year',
            s.order_number is not null and s.order_year is null
        ),
        (
            'order_lot', 'rule_broken', s.order_lot::text, 'order_lot is given without order_number',
            s.order_lot is not null and s.order_number is null
        ),
        (
            'order_number', 'rule_broken', s.order_number::text, 'order_number is given without material_line',
            s.order_number is not null and s.material_line is null
        ),
        (
            'material_line', 'rule_broken', s.material_line::text, 'material_line is given without order_number',
            s.material_line is not null and s.order_number is null
        ),
        (
            'order_number', 'rule_broken', s.order_number::text, 'what is counted is for no order',
            s.order_number is not null and s.counted_quantity is not null
        ),
        (
            'order_number', 'unknown_reference',
            erp_internal.order_label(s.order_year, s.order_number, coalesce(s.order_lot, 0)), 'production_order',
            s.order_year is not null and s.order_number is not null and l.production_order_id is null
        ),
        (
            'material_line', 'unknown_reference', s.material_line::text, 'production_order_material',
            l.production_order_id is not null and s.material_line is not null and m.production_order_id is null
        ),
        (
            'item_code', 'rule_broken', s.item_code, 'the material line is of another item',
            m.production_order_id is not null
            and (m.item_id, coalesce(m.item_variant_id, 0)) <> (l.item_id, l.item_variant_id)
        ),
        (
            'material_line', 'rule_broken', s.material_line::text,
            'the picked quantity of the material line was put, and does not come from documents',
            m.picked_quantity <> coalesce(g.picked_quantity, 0)
        )
    ) as v (column_name, code, cell, expected, broken)
    cross join lateral erp_internal.cell_fault(
        l.ordinal, 1, l.line, v.column_name, v.code, pg_catalog.left(v.cell, 60), v.expected
    ) as c
    where
        v.broken and not coalesce(v.column_name = any(f.columns), false)
        and not (
            v.code = 'rule_broken' and v.expected like '% is given without %'
            and coalesce(pg_catalog.split_part(v.expected, ' is given without ', 2) = any(f.columns), false)
        );
end;
$$;
