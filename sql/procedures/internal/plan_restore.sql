-- requires: internal/restore_obstacles, internal/order_label, internal/refusal
-- requires: internal/refused_ordinals, internal/render_reasons
-- requires: internal/movements_in_force, internal/judge_removals
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
    v_labels text [];
    v_refusals erp_internal.refusal [];
    -- what has become of the orders looked at so far
    v_restored boolean [];
    v_gone boolean [];
    v_quantities numeric [];
    v_merged_ordinals integer [] := array[]::integer [];
    v_merged_ids bigint [] := array[]::bigint [];
begin
    v_labels := array(
        select
            coalesce(erp_internal.order_label(o.order_year, o.order_number, o.order_lot), a.production_order_id::text)
        from unnest(p_order_ids) with ordinality as a (production_order_id, ordinal)
        left join lateral (
            select o.order_year, o.order_number, o.order_lot
            from erp.production_order as o
            where o.company_id = p_company_id and o.production_order_id = a.production_order_id
            offset 0
        ) as o on true
        order by a.ordinal
    );

    -- what stands against each order whatever the others do
    v_refusals := array(
        select
            erp_internal.refusal(
                p_ordinal => a.ordinal,
                p_code => coalesce(b.code, 'order_not_found'),
                p_order_label => a.order_label,
                p_record_date => b.record_date,
                p_detail => b.detail
            )
        from unnest(p_order_ids, v_labels) with ordinality as a (production_order_id, order_label, ordinal)
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
        order by a.ordinal
    );
    v_refusals := v_refusals || array(
        select j
        from erp_internal.judge_removals(p_company_id, p_order_ids, null, v_labels, v_refusals) as j
    );

    -- one by one, the orders whose turn matters: those with a remainder, or being one
    v_restored := pg_catalog.array_fill(false, array[pg_catalog.cardinality(p_order_ids)]);
    v_gone := v_restored;
    v_quantities := pg_catalog.array_fill(null::numeric, array[pg_catalog.cardinality(p_order_ids)]);
    for v_order in
        select
            a.ordinal::integer as ordinal,
            o.quantity,
            f.ordinal is not null as refused,
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
        left join erp_internal.refused_ordinals(v_refusals) as f on f.ordinal = a.ordinal
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
        where
            s.production_order_id is not null
            or exists (
                select
                from erp.production_order_split as x
                where x.company_id = p_company_id and x.remainder_order_id = a.production_order_id
            )
        order by a.ordinal
    loop
        if v_gone[v_order.ordinal] then
            v_refusals := array(select f from unnest(v_refusals) as f where f.ordinal <> v_order.ordinal)
            || erp_internal.refusal(
                p_ordinal => v_order.ordinal,
                p_code => 'order_not_found',
                p_order_label => v_labels[v_order.ordinal]
            );
            continue;
        end if;

        continue when v_order.refused;

        v_restored[v_order.ordinal] := true;
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
                v_refusals := v_refusals || erp_internal.refusal(
                    p_ordinal => v_order.ordinal,
                    p_code => 'remainder_kept',
                    p_order_label => v_labels[v_order.ordinal]
                );
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
        case when f.ordinal is null then 'restored' else 'refused' end,
        case when f.ordinal is null then coalesce(c.record_count, 0) else 0 end,
        case when f.ordinal is null then coalesce(c.movement_count, 0) else 0 end,
        m.merged_order_id,
        case when f.ordinal is null then coalesce(r.reasons, '[]') else r.reasons end
    from unnest(p_order_ids) with ordinality as a (production_order_id, ordinal)
    left join lateral (
        select o.*
        from erp.production_order as o
        where o.company_id = p_company_id and o.production_order_id = a.production_order_id
        offset 0
    ) as o on true
    left join erp_internal.refused_ordinals(v_refusals) as f on f.ordinal = a.ordinal
    left join erp_internal.render_reasons(p_company_id, v_refusals) as r on r.ordinal = a.ordinal
    left join unnest(v_merged_ordinals, v_merged_ids) as m (ordinal, merged_order_id) on m.ordinal = a.ordinal
    left join (
        select
            m.ordinal,
            pg_catalog.count(distinct m.stock_record_id)::integer as record_count,
            pg_catalog.count(*)::integer as movement_count
        from erp_internal.movements_in_force(p_company_id, p_order_ids, null) as m
        group by m.ordinal
    ) as c on c.ordinal = a.ordinal
    order by a.ordinal;
end;
$$;
