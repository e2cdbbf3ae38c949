-- requires: internal/restore_obstacles, internal/worded_reasons, internal/order_label
-- requires: internal/release_movements, internal/loaded_cells, internal/balance_points
-- The plan of a restore (R31-R36, R38): for each order asked, whether it can be taken back, which remainder it takes
-- in again, or all its reasons. Orders are judged in the order asked, each seeing what the earlier ones gave back.
-- Locks nothing, changes nothing. Runs on cached plans, so no join may depend on how many rows there are: sets by
-- hash, tables by key (offset 0).
create or replace function erp_internal.plan_restore(p_company_id integer, p_order_ids bigint[])
returns table (
    ordinal integer,
    order_id bigint,
    order_year integer,
    order_number integer,
    order_lot integer,
    outcome text,
    record_count integer,
    movement_count integer,
    merged_order_id bigint,
    reasons jsonb
)
language plpgsql
stable
set enable_nestloop = off
as $$
#variable_conflict use_column
declare
    v_order record;
    v_cell integer;
    v_smallest numeric;
    v_refused boolean;
    v_refusals erp_internal.refusal [];
    -- what has become of the orders looked at so far
    v_restored boolean [];
    v_gone boolean [];
    v_quantities numeric [];
    v_merged_ordinals integer [] := array[]::integer [];
    v_merged_ids bigint [] := array[]::bigint [];
    v_kept_ordinals integer [] := array[]::integer [];
    v_change_ordinals integer [];
    v_change_cells integer [];
    v_change_dates date [];
    v_change_loads numeric [];
    v_changes numeric [];
    v_cell_warehouse_ids bigint [];
    v_cell_item_ids bigint [];
    v_cell_variant_ids bigint [];
    v_cell_lot_ids bigint [];
    v_point_firsts integer [];
    v_point_lasts integer [];
    v_point_dates date [];
    v_point_balances numeric [];
begin
    -- what stands against each order whatever the others do
    v_refusals := array(
        select
            (
                a.ordinal, null, coalesce(b.code, 'order_not_found'),
                coalesce(
                    erp_internal.order_label(o.order_year, o.order_number, o.order_lot), a.production_order_id::text
                ),
                null, null, null, null, null, null
            )::erp_internal.refusal
        from unnest(p_order_ids) with ordinality as a (production_order_id, ordinal)
        left join lateral (
            select o.*
            from erp.production_order as o
            where o.company_id = p_company_id and o.production_order_id = a.production_order_id
            offset 0
        ) as o on true
        left join lateral erp_internal.restore_obstacles(
            p_company_id, a.production_order_id, o.status, o.release_run_id
        ) as b on o.production_order_id is not null
        where o.production_order_id is null or b.code is not null
        order by a.ordinal, b.code = 'period_closed' desc
    );

    -- loads to be taken back, and the balances that they weigh on
    with change as materialized (
        select
            c.*,
            (pg_catalog.dense_rank() over (
                order by c.warehouse_id, c.item_id, c.item_variant_id, c.lot_id, c.location_id
            ))::integer as cell
        from erp_internal.loaded_cells(p_company_id, p_order_ids) as c
    ),

    cell as materialized (
        select
            c.cell, c.warehouse_id, c.item_id, c.item_variant_id, c.lot_id, c.location_id,
            pg_catalog.min(c.record_date) as first_date
        from change as c
        group by 1, 2, 3, 4, 5, 6
    ),

    point as materialized (
        select
            c.cell, p.record_date, p.balance,
            pg_catalog.row_number() over (order by c.cell, p.record_date)::integer as place
        from cell as c
        cross join lateral erp_internal.balance_points(
            p_company_id, c.warehouse_id, c.item_id, c.item_variant_id, c.lot_id, c.location_id, c.first_date
        ) as p
    )

    select
        c.ordinals, c.cells, c.dates, c.loads, c.changes,
        l.warehouse_ids, l.item_ids, l.variant_ids, l.lot_ids,
        f.firsts, f.lasts, p.dates, p.balances
    into
        v_change_ordinals, v_change_cells, v_change_dates, v_change_loads, v_changes,
        v_cell_warehouse_ids, v_cell_item_ids, v_cell_variant_ids, v_cell_lot_ids,
        v_point_firsts, v_point_lasts, v_point_dates, v_point_balances
    from (
        select
            pg_catalog.array_agg(c.ordinal order by c.ordinal, c.cell) as ordinals,
            pg_catalog.array_agg(c.cell order by c.ordinal, c.cell) as cells,
            pg_catalog.array_agg(c.record_date order by c.ordinal, c.cell) as dates,
            pg_catalog.array_agg(c.loaded order by c.ordinal, c.cell) as loads,
            pg_catalog.array_agg(c.change order by c.ordinal, c.cell) as changes
        from change as c
    ) as c
    cross join (
        select
            pg_catalog.array_agg(c.warehouse_id order by c.cell) as warehouse_ids,
            pg_catalog.array_agg(c.item_id order by c.cell) as item_ids,
            pg_catalog.array_agg(c.item_variant_id order by c.cell) as variant_ids,
            pg_catalog.array_agg(c.lot_id order by c.cell) as lot_ids
        from cell as c
    ) as l
    cross join (
        select
            pg_catalog.array_agg(p.record_date order by p.place) as dates,
            pg_catalog.array_agg(p.balance order by p.place) as balances
        from point as p
    ) as p
    cross join (
        select
            pg_catalog.array_agg(f.first_place order by f.cell) as firsts,
            pg_catalog.array_agg(f.last_place order by f.cell) as lasts
        from (
            select p.cell, pg_catalog.min(p.place) as first_place, pg_catalog.max(p.place) as last_place
            from point as p
            group by p.cell
        ) as f
    ) as f;

    -- one by one, the orders whose turn matters: with loads to take back, with a remainder, or being one
    v_restored := pg_catalog.array_fill(false, array[pg_catalog.cardinality(p_order_ids)]);
    v_gone := v_restored;
    v_quantities := pg_catalog.array_fill(null::numeric, array[pg_catalog.cardinality(p_order_ids)]);
    for v_order in
        select
            a.ordinal::integer as ordinal,
            o.quantity,
            erp_internal.order_label(o.order_year, o.order_number, o.order_lot) as order_label,
            f.ordinal is not null as refused,
            c.first_change,
            c.last_change,
            s.remainder_order_id,
            s.quantity as whole_quantity,
            s.remainder_quantity,
            r.status = 'launched' as remainder_launched,
            r.quantity as quantity_of_remainder,
            r.produced_quantity = 0
            and not exists (
                select
                from erp.stock_record as x
                where
                    x.company_id = p_company_id and x.production_order_id = r.production_order_id
                    and x.run_id is null
            )
            and not exists (
                select
                from erp.production_declaration as d
                where d.company_id = p_company_id and d.production_order_id = r.production_order_id
            )
            and not exists (
                select
                from erp.production_order_material as m
                where
                    m.company_id = p_company_id and m.production_order_id = r.production_order_id
                    and m.picked_quantity > 0
            ) as remainder_unused,
            n.ordinal::integer as remainder_ordinal
        from unnest(p_order_ids) with ordinality as a (production_order_id, ordinal)
        cross join lateral (
            select o.*
            from erp.production_order as o
            where o.company_id = p_company_id and o.production_order_id = a.production_order_id
            offset 0
        ) as o
        left join (select distinct f.ordinal from unnest(v_refusals) as f) as f on f.ordinal = a.ordinal
        left join lateral (
            select s.*
            from erp.production_order_split as s
            where s.company_id = p_company_id and s.production_order_id = a.production_order_id
            offset 0
        ) as s on true
        left join lateral (
            select r.*
            from erp.production_order as r
            where r.company_id = p_company_id and r.production_order_id = s.remainder_order_id
            offset 0
        ) as r on true
        left join unnest(p_order_ids) with ordinality as n (production_order_id, ordinal)
            on n.production_order_id = s.remainder_order_id
        left join (
            select c.ordinal, pg_catalog.min(c.place) as first_change, pg_catalog.max(c.place) as last_change
            from unnest(v_change_ordinals) with ordinality as c (ordinal, place)
            group by c.ordinal
        ) as c on c.ordinal = a.ordinal
        where
            c.ordinal is not null
            or s.production_order_id is not null
            or exists (
                select
                from erp.production_order_split as x
                where x.company_id = p_company_id and x.remainder_order_id = a.production_order_id
            )
        order by a.ordinal
    loop
        if v_gone[v_order.ordinal] then
            v_refusals := array(select f from unnest(v_refusals) as f where f.ordinal <> v_order.ordinal)
            || row(
                v_order.ordinal, null, 'order_not_found', v_order.order_label, null, null, null, null, null, null
            )::erp_internal.refusal;
            continue;
        end if;

        v_refused := v_order.refused;
        for v_place in coalesce(v_order.first_change, 1)..coalesce(v_order.last_change, 0) loop
            continue when v_changes[v_place] >= 0;
            v_cell := v_change_cells[v_place];
            select pg_catalog.min(v_point_balances[g.place])
            into v_smallest
            from pg_catalog.generate_series(v_point_firsts[v_cell], v_point_lasts[v_cell]) as g (place)
            where v_point_dates[g.place] >= v_change_dates[v_place];
            if v_smallest + v_changes[v_place] < 0 then
                v_refused := true;
                v_refusals := v_refusals || row(
                    v_order.ordinal, v_place - v_order.first_change, 'counterpart_stock_used', v_order.order_label,
                    v_cell_item_ids[v_cell], v_cell_variant_ids[v_cell], v_cell_warehouse_ids[v_cell],
                    v_cell_lot_ids[v_cell], v_change_loads[v_place],
                    v_change_loads[v_place] + v_smallest + v_changes[v_place]
                )::erp_internal.refusal;
            end if;
        end loop;
        continue when v_refused;

        v_restored[v_order.ordinal] := true;
        for v_place in coalesce(v_order.first_change, 1)..coalesce(v_order.last_change, 0) loop
            v_cell := v_change_cells[v_place];
            for v_point in v_point_firsts[v_cell]..v_point_lasts[v_cell] loop
                if v_point_dates[v_point] >= v_change_dates[v_place] then
                    v_point_balances[v_point] := v_point_balances[v_point] + v_changes[v_place];
                end if;
            end loop;
        end loop;

        v_quantities[v_order.ordinal] := v_order.quantity;
        if v_order.remainder_order_id is not null then
            if
                v_order.remainder_unused
                and (v_order.remainder_launched or coalesce(v_restored[v_order.remainder_ordinal], false))
                and coalesce(v_quantities[v_order.remainder_ordinal], v_order.quantity_of_remainder)
                = v_order.remainder_quantity
            then
                v_quantities[v_order.ordinal] := v_order.whole_quantity;
                v_merged_ordinals := v_merged_ordinals || v_order.ordinal;
                v_merged_ids := v_merged_ids || v_order.remainder_order_id;
                if v_order.remainder_ordinal is not null then
                    v_gone[v_order.remainder_ordinal] := true;
                end if;
            else
                v_kept_ordinals := v_kept_ordinals || v_order.ordinal;
            end if;
        end if;
    end loop;

    return query
    select
        a.ordinal::integer,
        a.production_order_id,
        o.order_year,
        o.order_number,
        o.order_lot,
        case when r.ordinal is null then 'restored' else 'refused' end,
        case when r.ordinal is null then coalesce(c.record_count, 0) else 0 end,
        case when r.ordinal is null then coalesce(c.movement_count, 0) else 0 end,
        m.merged_order_id,
        coalesce(
            r.reasons,
            case
                when k.ordinal is not null
                    then
                        pg_catalog.jsonb_build_array(
                            erp_internal.reason(
                                'remainder_kept', erp_internal.order_label(o.order_year, o.order_number, o.order_lot)
                            )
                        )
            end,
            '[]'
        )
    from unnest(p_order_ids) with ordinality as a (production_order_id, ordinal)
    left join lateral (
        select o.*
        from erp.production_order as o
        where o.company_id = p_company_id and o.production_order_id = a.production_order_id
        offset 0
    ) as o on true
    left join erp_internal.worded_reasons(p_company_id, v_refusals) as r on r.ordinal = a.ordinal
    left join unnest(v_merged_ordinals, v_merged_ids) as m (ordinal, merged_order_id) on m.ordinal = a.ordinal
    left join unnest(v_kept_ordinals) as k (ordinal) on k.ordinal = a.ordinal
    left join (
        select
            m.ordinal,
            pg_catalog.count(distinct m.stock_record_id)::integer as record_count,
            pg_catalog.count(*)::integer as movement_count
        from erp_internal.release_movements(p_company_id, p_order_ids) as m
        group by m.ordinal
    ) as c on c.ordinal = a.ordinal
    order by a.ordinal;
end;
$$;
