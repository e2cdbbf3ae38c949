-- Reads the documents of a put: rows with values, and the faults of their cells, in columns that are paths within the
-- document. A row is read without its faulty cells. Of two documents or rows with one key the later one is a fault
-- (R73): it is among the documents, not among the orders. One with a fault in a part of its key that has a default has
-- no key, so that it is not taken for that of the default: among the orders it has no number, and a phase none.
-- Errors: 22023 for a key that no kind knows.
create or replace function erp_internal.read_order_documents(
    p_company_id integer,
    p_orders erp_internal.sent_row[],
    p_phases erp_internal.sent_row[],
    p_materials erp_internal.sent_row[],
    p_lots erp_internal.sent_row[],
    p_faults erp_internal.cell_fault[],
    out documents erp_internal.production_order_row[],
    out orders erp_internal.production_order_row[],
    out phases erp_internal.production_order_phase_row[],
    out materials erp_internal.production_order_material_row[],
    out lots erp_internal.material_lot_row[],
    out faults erp_internal.cell_fault[]
)
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    v_orders erp_internal.cell_fault [];
    v_phases erp_internal.cell_fault [];
    v_materials erp_internal.cell_fault [];
    v_lots erp_internal.cell_fault [];
    v_unkeyed erp_internal.cell_fault [];
    v_unknown record;
begin
    v_orders := array(select f from erp_internal.check_production_order_cells(p_orders) as f)
        || array(select f from unnest(p_faults) as f where f.place is null);
    v_phases := array(select f from erp_internal.check_production_order_phase_cells(p_phases) as f);
    v_materials := array(select f from erp_internal.check_production_order_material_cells(p_materials) as f)
        || array(select f from unnest(p_faults) as f where f.place is not null);
    v_lots := array(select f from erp_internal.check_material_lot_cells(p_lots) as f);

    documents := array(
        select r from erp_internal.read_production_order(erp_internal.strip_faulty_cells(p_orders, v_orders)) as r
    );
    orders := documents;
    v_unkeyed := array(
        select f::erp_internal.cell_fault
        from (
            select f.ordinal, f.parent, f.place, 'order_number' as column_name, f.code, f.cell, f.expected
            from unnest(v_orders) as f
            where f.column_name = 'order_lot'
        ) as f
    );
    if v_unkeyed <> '{}' then
        orders := array(
            select r
            from erp_internal.read_production_order(
                erp_internal.strip_faulty_cells(p_orders, v_orders || v_unkeyed)
            ) as r
        );
    end if;
    v_unkeyed := array(
        select f::erp_internal.cell_fault
        from (
            select f.ordinal, f.parent, f.place, 'phase' as column_name, f.code, f.cell, f.expected
            from unnest(v_phases) as f
            where f.column_name = 'sub_phase'
        ) as f
    );
    phases := array(
        select r
        from erp_internal.read_production_order_phase(
            erp_internal.strip_faulty_cells(p_phases, v_phases || v_unkeyed)
        ) as r
    );
    materials := array(
        select r
        from erp_internal.read_production_order_material(
            erp_internal.strip_faulty_cells(p_materials, v_materials)
        ) as r
    );
    lots := array(
        select r from erp_internal.read_material_lot(erp_internal.strip_faulty_cells(p_lots, v_lots)) as r
    );
    faults := v_orders || erp_internal.child_faults('phases.', v_phases)
        || erp_internal.child_faults('materials.', v_materials)
        || erp_internal.child_faults('materials.%s.material_lots.', v_lots);

    -- whose rows they are, every view of erp_data tells
    faults := faults || array(
        select f::erp_internal.cell_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                r.path || 'company_id' as column_name,
                'read_only_value' as code,
                pg_catalog.left(r.sent, 60) as cell,
                p_company_id::text as expected
            from (
                select o.ordinal, o.parent, o.place, '' as path, o.cells ->> 'company_id' as sent
                from unnest(documents) as o
                union all
                select p.ordinal, p.parent, p.place, 'phases.', p.cells ->> 'company_id'
                from unnest(phases) as p
                union all
                select m.ordinal, m.parent, m.place, 'materials.', m.cells ->> 'company_id'
                from unnest(materials) as m
                union all
                select
                    c.ordinal,
                    c.parent,
                    c.place,
                    pg_catalog.format('materials.%s.material_lots.', c.parent),
                    c.cells ->> 'company_id'
                from unnest(lots) as c
            ) as r
            where r.sent <> p_company_id::text and r.sent <> ''
        ) as f
    );

    select f.ordinal, f.column_name
    into v_unknown
    from unnest(faults) as f
    where f.code = 'unknown_key'
    order by f.ordinal, f.parent nulls first, f.place nulls first, f.column_name
    limit 1;
    if found then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format(
                'Element %s of p_orders has the unknown key %s.', v_unknown.ordinal, v_unknown.column_name
            ),
            hint = 'The comment on erp_api.put_production_orders tells what an element holds.';
    end if;

    v_orders := array(
        select f::erp_internal.cell_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                case when r.lot_sent then 'order_lot' else 'order_number' end as column_name,
                'duplicate_key' as code,
                r.first_ordinal::text as cell,
                null as expected
            from (
                select
                    o.ordinal,
                    o.parent,
                    o.place,
                    o.cells ? 'order_lot' as lot_sent,
                    pg_catalog.min(o.ordinal) over (
                        partition by o.order_year, o.order_number, o.order_lot
                    ) as first_ordinal
                from unnest(orders) as o
                where o.order_year is not null and o.order_number is not null
            ) as r
            where r.ordinal > r.first_ordinal
        ) as f
    );
    if v_orders <> '{}' then
        faults := faults || v_orders;
        orders := array(
            select o
            from unnest(orders) as o
            where o.ordinal not in (select f.ordinal from unnest(v_orders) as f)
        );
    end if;
    v_phases := array(
        select f::erp_internal.cell_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                'phases.phase' as column_name,
                'duplicate_key' as code,
                r.first_place::text as cell,
                null as expected
            from (
                select
                    p.ordinal,
                    p.parent,
                    p.place,
                    pg_catalog.min(p.place) over (partition by p.ordinal, p.phase, p.sub_phase) as first_place
                from unnest(phases) as p
                where p.phase is not null
            ) as r
            where r.place > r.first_place
        ) as f
    );
    if v_phases <> '{}' then
        faults := faults || v_phases;
        phases := array(
            select p
            from unnest(phases) as p
            where (p.ordinal, p.place) not in (select f.ordinal, f.place from unnest(v_phases) as f)
        );
    end if;
    v_materials := array(
        select f::erp_internal.cell_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                'materials.line' as column_name,
                'duplicate_key' as code,
                r.first_place::text as cell,
                null as expected
            from (
                select
                    m.ordinal,
                    m.parent,
                    m.place,
                    pg_catalog.min(m.place) over (partition by m.ordinal, m.line) as first_place
                from unnest(materials) as m
                where m.line is not null
            ) as r
            where r.place > r.first_place
        ) as f
    );
    if v_materials <> '{}' then
        faults := faults || v_materials;
        materials := array(
            select m
            from unnest(materials) as m
            where (m.ordinal, m.place) not in (select f.ordinal, f.place from unnest(v_materials) as f)
        );
    end if;
    v_lots := array(
        select f::erp_internal.cell_fault
        from (
            select
                r.ordinal,
                r.parent,
                r.place,
                pg_catalog.format('materials.%s.material_lots.lot_code', r.parent) as column_name,
                'duplicate_key' as code,
                r.first_place::text as cell,
                null as expected
            from (
                select
                    c.ordinal,
                    c.parent,
                    c.place,
                    pg_catalog.min(c.place) over (partition by c.ordinal, c.parent, c.lot_code) as first_place
                from unnest(lots) as c
                where c.lot_code is not null
            ) as r
            where r.place > r.first_place
        ) as f
    );
    if v_lots <> '{}' then
        faults := faults || v_lots;
        lots := array(
            select c
            from unnest(lots) as c
            where
                (c.ordinal, c.parent, c.place)
                not in (select f.ordinal, f.parent, f.place from unnest(v_lots) as f)
        );
    end if;
end;
$$;
