-- Merges the lot commitments of a put with those that there are (R70, R71): see erp_internal.merge_orders. Of a
-- material row whose lots were sent, those that were not go. A lot is one of the item and variant that the row has
-- after the put. Returns what is to be written, and the faults.
create or replace function erp_internal.merge_material_lots(
    p_company_id integer,
    p_orders erp_internal.put_order[],
    p_materials erp_internal.put_material[],
    p_sent erp_internal.material_lot_row[],
    p_there erp.material_lot[],
    out lots erp_internal.put_material_lot[],
    out faults erp_internal.cell_fault[]
)
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    with material as materialized (
        select
            m.ordinal,
            m.place,
            m.line,
            m.item_id,
            m.item_variant_id,
            o.production_order_id,
            o.status_before
        from unnest(p_materials) as m
        inner join unnest(p_orders) as o on o.ordinal = m.ordinal
        where m.lots_sent
    ),

    sent as materialized (
        select m.*, s.place as lot_place, s.lot_code, s.quantity, s.cells ? 'quantity' as quantity_sent
        from material as m
        inner join unnest(p_sent) as s on s.ordinal = m.ordinal and s.parent = m.place
    ),

    lot as materialized (
        select c.item_id, c.item_variant_id, c.lot_code, t.lot_id
        from (
            select distinct s.item_id, coalesce(s.item_variant_id, 0) as item_variant_id, s.lot_code
            from sent as s
            where s.item_id is not null and s.lot_code is not null
        ) as c
        cross join lateral erp_internal.lot_by_code(
            p_company_id, c.item_id, nullif(c.item_variant_id, 0), c.lot_code
        ) as t
    ),

    merged as materialized (
        select
            s.ordinal,
            s.place,
            s.lot_place,
            s.status_before,
            s.line,
            s.item_id,
            s.lot_code,
            t.lot_id,
            case when s.quantity_sent then s.quantity else e.quantity end as quantity,
            case
                when e.lot_id is null then 'insert'
                when s.quantity_sent and s.quantity is distinct from e.quantity then 'update'
            end as action
        from sent as s
        left join lot as t
            on
                t.item_id = s.item_id and t.item_variant_id = coalesce(s.item_variant_id, 0)
                and t.lot_code = s.lot_code
        left join unnest(p_there) as e
            on
                e.production_order_id = s.production_order_id and e.line = s.line and e.item_id = s.item_id
                and e.lot_id = t.lot_id
    ),

    gone as materialized (
        select m.ordinal, m.place, m.status_before, e.line, e.item_id, e.lot_id
        from material as m
        inner join unnest(p_there) as e on e.production_order_id = m.production_order_id and e.line = m.line
        left join merged as s on s.ordinal = m.ordinal and s.line = m.line and s.lot_id = e.lot_id
        where s.ordinal is null
    ),

    fault as (
        select
            m.ordinal,
            m.lot_place as place,
            pg_catalog.format('materials.%s.material_lots.%s', m.place, f.column_name) as column_name,
            f.code,
            f.cell,
            f.expected
        from merged as m
        cross join lateral (
            values
            ('quantity', 'value_required', null, null, m.quantity is null),
            (
                'lot_code', 'unknown_reference', m.lot_code, 'lot',
                m.lot_code is not null and m.item_id is not null and m.lot_id is null
            ),
            (
                case m.action when 'insert' then 'lot_code' else 'quantity' end,
                erp_internal.frozen_code(m.status_before), null, null,
                m.action is not null and m.status_before <> 'launched'
            )
        ) as f (column_name, code, cell, expected, broken)
        where f.broken
        union all
        select
            g.ordinal,
            g.place,
            'materials.material_lots' as column_name,
            erp_internal.frozen_code(g.status_before) as code,
            ' ' || t.lot_code as cell,
            null as expected
        from gone as g
        cross join lateral erp_internal.lot_by_id(p_company_id, g.lot_id) as t
        where g.status_before <> 'launched'
    )

    select
        array(
            select r::erp_internal.put_material_lot
            from (
                select m.ordinal, m.action, m.line, m.item_id, m.lot_id, m.quantity
                from merged as m
                where m.action is not null
                union all
                select g.ordinal, 'delete' as action, g.line, g.item_id, g.lot_id, null as quantity
                from gone as g
            ) as r
        ),
        array(
            select r::erp_internal.cell_fault
            from (
                select
                    f.ordinal,
                    null::integer as parent,
                    f.place,
                    f.column_name,
                    f.code,
                    f.cell,
                    f.expected
                from fault as f
            ) as r
        )
    into lots, faults;
end;
$$;
