-- Returns the reasons to refuse the removal of records (R38): one element of the arrays after the other is checked,
-- each seeing what the earlier ones gave back (see erp_internal.records_in_force).
-- p_refusals are the reasons found before. With period_closed or declarations_exist an element is checked too, so that
-- all its reasons are given; any other reason stands alone. So does the reason of an element that is refused because
-- one that must be removed before it stays: the one that closed its order (p_closing_ordinals), or the later row of its
-- phase (p_later_ordinals).
create or replace function erp_internal.check_removals(
    p_company_id integer,
    p_order_ids bigint[],
    p_declaration_ids bigint[],
    p_order_labels text[],
    p_refusals erp_internal.refusal[],
    p_closing_ordinals integer[] default null,
    p_later_ordinals integer[] default null
)
returns setof erp_internal.refusal
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    v_turn record;
    v_cell integer;
    v_smallest numeric;
    v_refused boolean;
    v_remaining boolean [];
    v_change_ordinals integer [];
    v_change_cells integer [];
    v_change_dates date [];
    v_change_loads numeric [];
    v_changes numeric [];
    v_cell_warehouse_ids bigint [];
    v_cell_item_ids bigint [];
    v_cell_variant_ids bigint [];
    v_cell_location_ids bigint [];
    v_cell_lot_ids bigint [];
    v_point_firsts integer [];
    v_point_lasts integer [];
    v_point_dates date [];
    v_point_balances numeric [];
begin
    -- loads to be removed, and the balances that they are part of
    with change as materialized (
        select
            c.*,
            (pg_catalog.dense_rank() over (
                order by c.warehouse_id, c.item_id, c.item_variant_id, c.lot_id, c.location_id
            ))::integer as cell
        from erp_internal.loaded_cells(p_company_id, p_order_ids, p_declaration_ids) as c
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
            pg_catalog.row_number() over (order by c.cell, p.record_date)::integer as point_index
        from cell as c
        cross join lateral erp_internal.balance_points(
            p_company_id, c.warehouse_id, c.item_id, c.item_variant_id, c.lot_id, c.location_id, c.first_date
        ) as p
    )

    select
        c.ordinals, c.cells, c.dates, c.loads, c.changes,
        l.warehouse_ids, l.item_ids, l.variant_ids, l.location_ids, l.lot_ids,
        f.firsts, f.lasts, p.dates, p.balances
    into
        v_change_ordinals, v_change_cells, v_change_dates, v_change_loads, v_changes,
        v_cell_warehouse_ids, v_cell_item_ids, v_cell_variant_ids, v_cell_location_ids, v_cell_lot_ids,
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
            pg_catalog.array_agg(nullif(c.location_id, -1) order by c.cell) as location_ids,
            pg_catalog.array_agg(c.lot_id order by c.cell) as lot_ids
        from cell as c
    ) as l
    cross join (
        select
            pg_catalog.array_agg(p.record_date order by p.point_index) as dates,
            pg_catalog.array_agg(p.balance order by p.point_index) as balances
        from point as p
    ) as p
    cross join (
        select
            pg_catalog.array_agg(f.first_index order by f.cell) as firsts,
            pg_catalog.array_agg(f.last_index order by f.cell) as lasts
        from (
            select p.cell, pg_catalog.min(p.point_index) as first_index, pg_catalog.max(p.point_index) as last_index
            from point as p
            group by p.cell
        ) as f
    ) as f;

    v_remaining := pg_catalog.array_fill(false, array[pg_catalog.cardinality(p_order_ids)]);
    for v_turn in
        select
            a.ordinal::integer as ordinal,
            f.ordinal is not null as refused,
            f.alone,
            c.first_change,
            c.last_change,
            n.closing_ordinal,
            n.later_ordinal
        from unnest(p_order_ids) with ordinality as a (production_order_id, ordinal)
        left join (
            select f.ordinal, pg_catalog.bool_or(f.code not in ('period_closed', 'declarations_exist')) as alone
            from unnest(p_refusals) as f
            group by f.ordinal
        ) as f on f.ordinal = a.ordinal
        left join unnest(p_closing_ordinals, p_later_ordinals) with ordinality
            as n (closing_ordinal, later_ordinal, ordinal) on n.ordinal = a.ordinal
        left join (
            select
                c.ordinal,
                pg_catalog.min(c.change_index) as first_change,
                pg_catalog.max(c.change_index) as last_change
            from unnest(v_change_ordinals) with ordinality as c (ordinal, change_index)
            group by c.ordinal
        ) as c on c.ordinal = a.ordinal
        where c.ordinal is not null or f.ordinal is not null or coalesce(n.closing_ordinal, n.later_ordinal) is not null
        order by a.ordinal
    loop
        if v_turn.alone then
            v_remaining[v_turn.ordinal] := true;
            continue;
        elsif coalesce(v_remaining[v_turn.closing_ordinal] or v_remaining[v_turn.later_ordinal], false) then
            v_remaining[v_turn.ordinal] := true;
            return next erp_internal.refusal(
                p_ordinal => v_turn.ordinal,
                p_code => case when v_remaining[v_turn.closing_ordinal] then 'order_closed' else 'sequence_broken' end,
                p_order_label => p_order_labels[v_turn.ordinal]
            );
            continue;
        end if;

        v_refused := v_turn.refused;
        for v_change in coalesce(v_turn.first_change, 1)..coalesce(v_turn.last_change, 0) loop
            continue when v_changes[v_change] >= 0;
            v_cell := v_change_cells[v_change];
            select pg_catalog.min(v_point_balances[g.point_index])
            into v_smallest
            from pg_catalog.generate_series(v_point_firsts[v_cell], v_point_lasts[v_cell]) as g (point_index)
            where v_point_dates[g.point_index] >= v_change_dates[v_change];
            if v_smallest + v_changes[v_change] < 0 then
                v_refused := true;
                return next erp_internal.refusal(
                    p_ordinal => v_turn.ordinal,
                    p_code => 'counterpart_stock_used',
                    p_order_label => p_order_labels[v_turn.ordinal],
                    p_line => v_change - v_turn.first_change,
                    p_item_id => v_cell_item_ids[v_cell],
                    p_item_variant_id => v_cell_variant_ids[v_cell],
                    p_warehouse_id => v_cell_warehouse_ids[v_cell],
                    p_location_id => v_cell_location_ids[v_cell],
                    p_lot_id => v_cell_lot_ids[v_cell],
                    p_required => v_change_loads[v_change],
                    p_available => v_change_loads[v_change] + v_smallest + v_changes[v_change]
                );
            end if;
        end loop;
        v_remaining[v_turn.ordinal] := v_refused;
        continue when v_refused;

        for v_change in coalesce(v_turn.first_change, 1)..coalesce(v_turn.last_change, 0) loop
            v_cell := v_change_cells[v_change];
            for v_point in v_point_firsts[v_cell]..v_point_lasts[v_cell] loop
                if v_point_dates[v_point] >= v_change_dates[v_change] then
                    v_point_balances[v_point] := v_point_balances[v_point] + v_changes[v_change];
                end if;
            end loop;
        end loop;
    end loop;
end;
$$;
