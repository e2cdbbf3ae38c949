-- Returns the reasons to refuse removals of records (R38): one after the other is checked, each seeing what the earlier
-- ones gave back. The ordinals of refusals are their positions.
-- p_refusals are the reasons found before. With period_closed, declarations_exist or documents_exist a removal is
-- checked too, so that all its reasons are given; any other reason stands alone. So does the reason of a removal that
-- is refused because one that must come before it is: that of what closed its order (closing_turn), or of the later row
-- of its phase (later_turn).
create or replace function erp_internal.check_removals(
    p_company_id integer, p_removals erp_internal.removal[], p_refusals erp_internal.refusal[]
)
returns setof erp_internal.refusal
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    v_turn record;
    v_changes erp_internal.removal_change [];
    v_change erp_internal.removal_change;
    v_points erp_internal.balance_point [];
    v_smallest numeric;
    v_refused boolean;
    v_remaining boolean [];
begin
    -- loads to be removed, and the balances that they are part of
    with change as materialized (
        select
            c.*,
            pg_catalog.dense_rank() over (
                order by c.warehouse_id, c.item_id, c.item_variant_id, c.lot_id, c.location_id
            ) as cell
        from erp_internal.loaded_cells(p_company_id, p_removals) as c
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
    ),

    cell_points as (
        select p.cell, pg_catalog.min(p.point_index) as first_point, pg_catalog.max(p.point_index) as last_point
        from point as p
        group by p.cell
    )

    select
        (
            select pg_catalog.array_agg(r::erp_internal.removal_change order by c.ordinal, c.cell)
            from change as c
            left join cell_points as p on p.cell = c.cell
            cross join lateral (
                select
                    c.ordinal,
                    c.warehouse_id,
                    c.item_id,
                    c.item_variant_id,
                    c.lot_id,
                    nullif(c.location_id, -1) as location_id,
                    c.record_date,
                    c.loaded,
                    c.change,
                    p.first_point,
                    p.last_point
            ) as r
        ),
        (
            select pg_catalog.array_agg(b::erp_internal.balance_point order by p.point_index)
            from point as p
            cross join lateral (select p.record_date, p.balance) as b
        )
    into v_changes, v_points;

    v_remaining := pg_catalog.array_fill(false, array[pg_catalog.cardinality(p_removals)]);
    for v_turn in
        select
            a.ordinality::integer as ordinal,
            a.order_label,
            a.document_key,
            a.closing_turn,
            a.later_turn,
            f.ordinal is not null as refused,
            f.final,
            c.first_change,
            c.last_change
        from unnest(p_removals) with ordinality as a
        left join (
            select
                f.ordinal,
                pg_catalog.bool_or(f.code not in ('period_closed', 'declarations_exist', 'documents_exist')) as final
            from unnest(p_refusals) as f
            group by f.ordinal
        ) as f on f.ordinal = a.ordinality
        left join (
            select
                c.ordinal,
                pg_catalog.min(c.ordinality) as first_change,
                pg_catalog.max(c.ordinality) as last_change
            from unnest(v_changes) with ordinality as c
            group by c.ordinal
        ) as c on c.ordinal = a.ordinality
        where c.ordinal is not null or f.ordinal is not null or coalesce(a.closing_turn, a.later_turn) is not null
        order by a.ordinality
    loop
        if v_turn.final then
            v_remaining[v_turn.ordinal] := true;
            continue;
        elsif coalesce(v_remaining[v_turn.closing_turn] or v_remaining[v_turn.later_turn], false) then
            v_remaining[v_turn.ordinal] := true;
            return next erp_internal.refusal(
                p_ordinal => v_turn.ordinal,
                p_code => case when v_remaining[v_turn.closing_turn] then 'order_closed' else 'sequence_broken' end,
                p_order_label => v_turn.order_label
            );
            continue;
        end if;

        v_refused := v_turn.refused;
        for v_index in coalesce(v_turn.first_change, 1)..coalesce(v_turn.last_change, 0) loop
            v_change := v_changes[v_index];
            continue when v_change.change >= 0;
            select pg_catalog.min((v_points[g.point_index]).balance)
            into v_smallest
            from pg_catalog.generate_series(v_change.first_point, v_change.last_point) as g (point_index)
            where (v_points[g.point_index]).record_date >= v_change.record_date;
            if v_smallest + v_change.change < 0 then
                v_refused := true;
                return next erp_internal.refusal(
                    p_ordinal => v_turn.ordinal,
                    p_code => 'counterpart_stock_used',
                    p_order_label => v_turn.order_label,
                    p_line => v_index - v_turn.first_change,
                    p_item_id => v_change.item_id,
                    p_item_variant_id => v_change.item_variant_id,
                    p_warehouse_id => v_change.warehouse_id,
                    p_location_id => v_change.location_id,
                    p_lot_id => v_change.lot_id,
                    p_required => v_change.loaded,
                    p_available => v_change.loaded + v_smallest + v_change.change,
                    p_document_key => v_turn.document_key
                );
            end if;
        end loop;
        v_remaining[v_turn.ordinal] := v_refused;
        continue when v_refused;

        for v_index in coalesce(v_turn.first_change, 1)..coalesce(v_turn.last_change, 0) loop
            v_change := v_changes[v_index];
            for v_point in v_change.first_point..v_change.last_point loop
                if (v_points[v_point]).record_date >= v_change.record_date then
                    v_points[v_point].balance := (v_points[v_point]).balance + v_change.change;
                end if;
            end loop;
        end loop;
    end loop;
end;
$$;
