-- Returns the lots that are still committed to the material rows of executive orders (R51): the rows' own lots and
-- those that the release transferred for them (R9), less what registrations have used. The lots of a row are sorted by
-- code; each covers the row's quantity from quantity_from to quantity_to. Sets are joined by hash, tables probed by key
-- (offset 0).
create or replace function erp_internal.remaining_commitments(p_company_id integer, p_order_ids bigint[])
returns table (production_order_id bigint, line integer, lot_id bigint, quantity_from numeric, quantity_to numeric)
language sql
stable
begin atomic
    with commitment as (
        select
            c.production_order_id,
            c.line,
            c.lot_id,
            c.quantity
        from unnest(p_order_ids) as a (production_order_id)
        cross join
            lateral (
                select c.*
                from erp.material_lot as c
                where c.company_id = p_company_id and c.production_order_id = a.production_order_id
                offset 0
            ) as c
    ),

    movement as (
        select
            a.production_order_id,
            m.material_line as line,
            m.lot_id,
            m.quantity,
            m.counterpart,
            r.production_declaration_id is not null as declared
        from unnest(p_order_ids) as a (production_order_id)
        cross join
            lateral (
                select r.*
                from erp.stock_record as r
                where
                    r.company_id = p_company_id and r.production_order_id = a.production_order_id
                    and r.run_id is not null
                offset 0
            ) as r
        cross join
            lateral (
                select m.*
                from erp.stock_movement as m
                where
                    m.company_id = p_company_id and m.record_date = r.record_date
                    and m.stock_record_id = r.stock_record_id
                offset 0
            ) as m
        where m.material_line is not null and m.lot_id is not null
    ),

    transferred as (
        select
            m.production_order_id,
            m.line,
            m.lot_id,
            coalesce(pg_catalog.sum(m.quantity) filter (where m.counterpart and not m.declared), 0)
            - coalesce(pg_catalog.abs(pg_catalog.sum(m.quantity) filter (where m.declared and not m.counterpart)), 0)
                as quantity
        from movement as m
        group by m.production_order_id, m.line, m.lot_id
    ),

    remaining as (
        select
            c.production_order_id,
            c.line,
            c.lot_id,
            greatest(pg_catalog.sum(c.quantity), 0) as quantity
        from (
            select c.* from commitment as c
            union all
            select t.* from transferred as t
        ) as c
        group by c.production_order_id, c.line, c.lot_id
    )

    select
        c.production_order_id,
        c.line,
        c.lot_id,
        pg_catalog.sum(c.quantity) over g - c.quantity as quantity_from,
        pg_catalog.sum(c.quantity) over g as quantity_to
    from remaining as c
    cross join
        lateral (
            select l.lot_code
            from erp.lot as l
            where l.company_id = p_company_id and l.lot_id = c.lot_id
            offset 0
        ) as l
    window g as (partition by c.production_order_id, c.line order by l.lot_code);
end;
