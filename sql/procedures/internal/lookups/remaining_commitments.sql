-- requires: internal/lookups/commitments_of_order, internal/lookups/lot_by_id, internal/lookups/movements_of_record
-- requires: internal/lookups/records_of_order
-- Returns the lots that are still committed to the material rows of executive orders (R51): the rows' own lots and
-- those that the release transferred for them (R9), less what registrations have used. The lots of a row are sorted by
-- code; each covers the row's quantity from quantity_from to quantity_to. Sets by hash, tables by key.
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
        cross join lateral erp_internal.commitments_of_order(p_company_id, a.production_order_id) as c
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
        cross join lateral erp_internal.records_of_order(p_company_id, a.production_order_id) as r
        cross join lateral erp_internal.movements_of_record(p_company_id, r.record_date, r.stock_record_id) as m
        where
            r.run_id is not null and r.document_key is null and m.material_line is not null and m.lot_id is not null
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
    cross join lateral erp_internal.lot_by_id(p_company_id, c.lot_id) as l
    window g as (partition by c.production_order_id, c.line order by l.lot_code);
end;
