-- Returns where the moves of stock documents take from or load into (R14, R17): the location that is known, or, of an
-- issue that takes its lot from wherever it lies, each location where the lot lies or a document of the call puts it,
-- in code order (none first), blocked ones left out.
create or replace function erp_internal.document_places(
    p_company_id integer, p_moves erp_internal.document_move[]
)
returns setof erp_internal.document_place
language plpgsql
stable
set enable_nestloop = off
as $$
begin
    return query
    with sought as materialized (
        select distinct m.warehouse_id, m.item_id, m.item_variant_id, m.lot_id
        from unnest(p_moves) as m
        where m.location_id is null
    ),

    candidate as materialized (
        select
            c.*,
            pg_catalog.row_number() over (
                partition by c.warehouse_id, c.item_id, c.item_variant_id, c.lot_id
                order by l.location_code nulls first
            ) as place
        from (
            select s.*, coalesce(b.location_id, 0) as location_id
            from sought as s
            cross join lateral (
                select b.location_id
                from erp.stock_balance as b
                where
                    b.company_id = p_company_id and b.warehouse_id = s.warehouse_id and b.item_id = s.item_id
                    and b.lot_id = s.lot_id and coalesce(b.item_variant_id, 0) = s.item_variant_id
                    and b.on_hand > 0
                offset 0
            ) as b
            union
            select s.*, m.location_id
            from sought as s
            inner join unnest(p_moves) as m
                on
                    m.warehouse_id = s.warehouse_id and m.item_id = s.item_id
                    and m.item_variant_id = s.item_variant_id and m.lot_id = s.lot_id
            where m.direction > 0
        ) as c
        left join lateral erp_internal.location_by_id(p_company_id, c.location_id) as l on true
        where not coalesce(l.blocked, false)
    )

    select
        m.ordinal,
        m.line,
        m.counterpart,
        m.direction,
        coalesce(c.place, 1)::integer as place,
        f.location_id,
        m.warehouse_id,
        m.item_id,
        m.item_variant_id,
        m.lot_id,
        case when m.by_lot or m.by_location then f.location_id else -1 end as cell_location_id,
        m.record_date,
        m.checked as taken
    from unnest(p_moves) as m
    left join candidate as c
        on
            m.location_id is null and c.warehouse_id = m.warehouse_id and c.item_id = m.item_id
            and c.item_variant_id = m.item_variant_id and c.lot_id = m.lot_id
    cross join lateral (select coalesce(m.location_id, c.location_id, 0) as location_id) as f;
end;
$$;
