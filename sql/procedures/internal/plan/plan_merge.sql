-- Plans the merge of remainders (R57): for each order, whether it goes back into the order that it was split from, and
-- so into which one in the end, or its reasons to be refused. quantity is what it brings.
-- Orders are served from the highest order lot down, so that each split is undone before the one that it came from, and
-- each sees what has gone into its order before.
-- Precondition for execution: the orders and the other lots of their numbers are locked. Changes nothing. Runs on
-- cached plans, so no join may depend on how many rows there are: sets by hash, tables by key.
create or replace function erp_internal.plan_merge(p_company_id integer, p_order_ids bigint[])
returns table (
    ordinal integer, order_id bigint, outcome text, into_order_id bigint, quantity numeric, reasons jsonb
)
language plpgsql
stable
set enable_nestloop = off
as $$
#variable_conflict use_column
declare
    c_quantity_bound constant numeric := 1e15;
    -- by turn
    v_merges erp_internal.requested_merge [];
    v_merge erp_internal.requested_merge;
    v_into bigint [];
    -- by place: what the origin has, once something has gone into it
    v_quantities numeric [];
    v_quantity numeric;
    v_origin_quantity numeric;
    v_code text;
    v_refusals erp_internal.refusal [];
    v_refused boolean [];
begin
    if pg_catalog.cardinality(p_order_ids) = 0 then
        return;
    end if;

    with requested as materialized (
        select
            a.production_order_id,
            a.ordinal::integer as ordinal,
            pg_catalog.row_number() over (order by o.order_lot desc, a.ordinal)::integer as turn,
            s.origin_id
        from unnest(p_order_ids) with ordinality as a (production_order_id, ordinal)
        cross join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o
        cross join lateral (
            select erp_internal.split_origin(p_company_id, a.production_order_id) as origin_id
            offset 0
        ) as s
    ),

    origin as materialized (
        select
            r.origin_id,
            pg_catalog.row_number() over (order by r.origin_id)::integer as place
        from requested as r
        where r.origin_id is not null
        group by r.origin_id
    )

    select pg_catalog.array_agg(m::erp_internal.requested_merge order by r.turn)
    into v_merges
    from requested as r
    left join origin as g on g.origin_id = r.origin_id
    left join origin as w on w.origin_id = r.production_order_id
    left join requested as t on t.production_order_id = r.origin_id
    cross join lateral erp_internal.order_by_id(p_company_id, r.production_order_id) as o
    left join lateral erp_internal.order_by_id(p_company_id, r.origin_id) as n on true
    cross join lateral (
        select
            r.ordinal,
            r.production_order_id,
            erp_internal.order_label(o.order_year, o.order_number, o.order_lot) as order_label,
            o.item_id,
            o.item_variant_id,
            o.quantity,
            o.quantity_before,
            w.place,
            r.origin_id,
            erp_internal.order_label(n.order_year, n.order_number, n.order_lot) as origin_label,
            n.quantity as origin_quantity,
            n.quantity_before as origin_quantity_before,
            g.place as origin_place,
            t.turn as origin_turn
    ) as m;

    v_refusals := array(
        select
            erp_internal.refusal(
                p_ordinal => a.ordinal,
                p_code => b.code,
                p_order_label => a.order_label,
                p_detail => b.detail
            )
        from unnest(v_merges) as a
        cross join lateral erp_internal.merge_obstacles(p_company_id, a.production_order_id, a.origin_id) as b
    );
    v_refused := array(
        select f.ordinal is not null
        from unnest(v_merges) with ordinality as a
        left join erp_internal.refused_ordinals(v_refusals) as f on f.ordinal = a.ordinal
        order by a.ordinality
    );

    v_quantities := pg_catalog.array_fill(null::numeric, array[pg_catalog.cardinality(v_merges)]);
    for v_turn in 1 .. pg_catalog.cardinality(v_merges) loop
        continue when v_refused[v_turn];
        v_merge := v_merges[v_turn];
        v_quantity := coalesce(v_quantities[v_merge.place], v_merge.quantity);
        v_origin_quantity := coalesce(v_quantities[v_merge.origin_place], v_merge.origin_quantity);
        v_code := case
            when v_merge.origin_quantity_before + v_origin_quantity <> v_merge.quantity_before then 'remainder_not_next'
            when v_origin_quantity + v_quantity >= c_quantity_bound then 'quantity_out_of_range'
        end;
        if v_code is null then
            v_quantities[v_merge.origin_place] := v_origin_quantity + v_quantity;
        else
            v_refused[v_turn] := true;
            v_refusals := v_refusals || erp_internal.refusal(
                p_ordinal => v_merge.ordinal,
                p_code => v_code,
                p_order_label => v_merge.order_label,
                p_item_id => v_merge.item_id,
                p_item_variant_id => v_merge.item_variant_id,
                p_required => case v_code
                    when 'remainder_not_next' then v_merge.quantity_before
                    else v_origin_quantity + v_quantity
                end,
                p_available => case v_code
                    when 'remainder_not_next' then v_merge.origin_quantity_before + v_origin_quantity
                    else c_quantity_bound
                end,
                p_detail => v_merge.origin_label
            );
        end if;
    end loop;

    -- an origin has a lower order lot, and so a later turn, than what was split from it
    v_into := pg_catalog.array_fill(null::bigint, array[pg_catalog.cardinality(v_merges)]);
    for v_turn in reverse pg_catalog.cardinality(v_merges) .. 1 loop
        if not v_refused[v_turn] then
            v_merge := v_merges[v_turn];
            v_into[v_turn] := coalesce(v_into[v_merge.origin_turn], v_merge.origin_id);
        end if;
    end loop;

    return query
    select
        a.ordinal,
        a.production_order_id as order_id,
        case when v_refused[a.ordinality] then 'refused' else 'merged' end as outcome,
        v_into[a.ordinality] as into_order_id,
        a.quantity,
        coalesce(r.reasons, '[]') as reasons
    from unnest(v_merges) with ordinality as a
    left join erp_internal.render_reasons(p_company_id, v_refusals) as r on r.ordinal = a.ordinal
    order by 1;
end;
$$;
