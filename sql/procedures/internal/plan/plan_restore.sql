-- Plans a restore (R31-R36, R38): for each requested order, whether it can be restored, which remainder it merges back,
-- or all its reasons; and its status, by which a launched remainder is told.
-- Orders are checked in the order of the call, each seeing what the earlier ones gave back. But those of one year and
-- number share the positions at which they were requested, and take them from the highest order lot down, so that each
-- split is undone before the one that it came from. A launched remainder that is requested too is settled at the turn
-- of its order.
-- Precondition for execution: orders and stock are locked. Changes nothing. Runs on cached plans, so no join may depend
-- on how many rows there are: sets by hash, tables by key.
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
    reasons jsonb,
    status text
)
language plpgsql
stable
set enable_nestloop = off
as $$
#variable_conflict use_column
declare
    v_order record;
    -- the orders and their positions in the call, by turn
    v_order_ids bigint [];
    v_ordinals integer [];
    v_labels text [];
    v_refusals erp_internal.refusal [];
    -- the result for each order, by turn
    v_quantities numeric [];
    v_kept boolean [];
    v_merged_turns integer [] := array[]::integer [];
    v_merged_ids bigint [] := array[]::bigint [];
    v_merged_back_turns integer [] := array[]::integer [];
begin
    if pg_catalog.cardinality(p_order_ids) = 0 then
        return;
    end if;

    with requested as materialized (
        select
            a.production_order_id,
            a.ordinal,
            o.order_year,
            o.order_number,
            o.order_lot,
            pg_catalog.row_number() over (partition by o.order_year, o.order_number order by a.ordinal)
                as nth_requested,
            pg_catalog.row_number() over (partition by o.order_year, o.order_number order by o.order_lot desc)
                as nth_taken
        from unnest(p_order_ids) with ordinality as a (production_order_id, ordinal)
        left join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o on true
    ),

    in_turn as (
        select
            a.*,
            coalesce(s.ordinal, a.ordinal) as turn
        from requested as a
        left join requested as s
            on s.order_year = a.order_year and s.order_number = a.order_number and s.nth_requested = a.nth_taken
    )

    select
        pg_catalog.array_agg(a.production_order_id order by a.turn),
        pg_catalog.array_agg(a.ordinal order by a.turn),
        pg_catalog.array_agg(
            coalesce(
                erp_internal.order_label(a.order_year, a.order_number, a.order_lot), a.production_order_id::text
            )
            order by a.turn
        )
    into v_order_ids, v_ordinals, v_labels
    from in_turn as a;

    -- the reasons to refuse each order whatever the others do
    v_refusals := array(
        select
            erp_internal.refusal(
                p_ordinal => a.ordinal,
                p_code => coalesce(b.code, 'order_not_found'),
                p_order_label => a.order_label,
                p_record_date => b.record_date,
                p_detail => b.detail
            )
        from unnest(v_order_ids, v_labels) with ordinality as a (production_order_id, order_label, ordinal)
        left join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o on true
        left join lateral erp_internal.restore_obstacles(
            p_company_id, a.production_order_id, o.status, o.release_run_id
        ) as b on o.production_order_id is not null
        where o.production_order_id is null or b.code is not null
        order by a.ordinal
    );
    v_refusals := v_refusals || array(
        select j
        from erp_internal.check_removals(
            p_company_id => p_company_id,
            p_order_ids => v_order_ids,
            p_declaration_ids => null,
            p_order_labels => v_labels,
            p_refusals => v_refusals
        ) as j
    );

    -- the orders that a release has split, one by one, each after its remainder
    v_quantities := pg_catalog.array_fill(null::numeric, array[pg_catalog.cardinality(v_order_ids)]);
    v_kept := pg_catalog.array_fill(false, array[pg_catalog.cardinality(v_order_ids)]);
    for v_order in
        select
            a.turn::integer as turn,
            o.quantity,
            s.remainder_order_id,
            s.quantity as whole_quantity,
            s.remainder_digest,
            r.quantity as remainder_quantity,
            r.status = 'launched' as remainder_launched,
            not exists (
                select
                from erp.stock_record as x
                where
                    x.company_id = p_company_id and x.production_order_id = s.remainder_order_id
                    and x.run_id is null
            )
            and not exists (
                select
                from erp.production_declaration as d
                where d.company_id = p_company_id and d.production_order_id = s.remainder_order_id
            ) as remainder_unused,
            n.turn::integer as remainder_turn
        from unnest(v_order_ids) with ordinality as a (production_order_id, turn)
        cross join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o
        left join lateral erp_internal.split_of_order(p_company_id, a.production_order_id) as s on true
        left join lateral erp_internal.order_by_id(p_company_id, s.remainder_order_id) as r on true
        left join unnest(v_order_ids) with ordinality as n (production_order_id, turn)
            on n.production_order_id = s.remainder_order_id
        left join erp_internal.refused_ordinals(v_refusals) as f on f.ordinal = a.turn
        where
            f.ordinal is null
            and (
                s.production_order_id is not null
                or exists (
                    select
                    from erp.production_order_split as x
                    where x.company_id = p_company_id and x.remainder_order_id = a.production_order_id
                )
            )
        order by a.turn
    loop
        v_quantities[v_order.turn] := v_order.quantity;
        continue when v_order.remainder_order_id is null;

        if
            v_order.remainder_unused
            -- launched, or restored at an earlier turn
            and (v_order.remainder_launched or v_quantities[v_order.remainder_turn] is not null)
            and erp_internal.remainder_digest(
                p_company_id, v_order.remainder_order_id,
                coalesce(v_quantities[v_order.remainder_turn], v_order.remainder_quantity),
                not coalesce(v_kept[v_order.remainder_turn], false)
            ) = v_order.remainder_digest
        then
            v_quantities[v_order.turn] := v_order.whole_quantity;
            v_merged_turns := v_merged_turns || v_order.turn;
            v_merged_ids := v_merged_ids || v_order.remainder_order_id;
            if v_order.remainder_turn is not null then
                v_merged_back_turns := v_merged_back_turns || v_order.remainder_turn;
            end if;
        else
            v_kept[v_order.turn] := true;
            v_refusals := v_refusals || erp_internal.refusal(
                p_ordinal => v_order.turn, p_code => 'remainder_kept', p_order_label => v_labels[v_order.turn]
            );
        end if;
    end loop;
    v_refusals := array(select f from unnest(v_refusals) as f where f.ordinal <> all (v_merged_back_turns))
    || array(
        select erp_internal.refusal(p_ordinal => b.turn, p_code => 'merged_back', p_order_label => v_labels[b.turn])
        from unnest(v_merged_back_turns) as b (turn)
    );

    return query
    select
        v_ordinals[a.turn] as ordinal,
        a.production_order_id as order_id,
        o.order_year,
        o.order_number,
        o.order_lot,
        case when f.ordinal is null then 'restored' else 'refused' end as outcome,
        case when f.ordinal is null then coalesce(c.record_count, 0) else 0 end as record_count,
        case when f.ordinal is null then coalesce(c.movement_count, 0) else 0 end as movement_count,
        m.merged_order_id,
        case when f.ordinal is null then coalesce(r.reasons, '[]') else r.reasons end as reasons,
        o.status
    from unnest(v_order_ids) with ordinality as a (production_order_id, turn)
    left join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o on true
    left join erp_internal.refused_ordinals(v_refusals) as f on f.ordinal = a.turn
    left join erp_internal.render_reasons(p_company_id, v_refusals) as r on r.ordinal = a.turn
    left join unnest(v_merged_turns, v_merged_ids) as m (turn, merged_order_id) on m.turn = a.turn
    left join erp_internal.counts_in_force(p_company_id, v_order_ids, null) as c on c.ordinal = a.turn
    order by 1;
end;
$$;
