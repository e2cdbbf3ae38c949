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
    v_removals erp_internal.removal [];
    v_ordinals integer [];
    v_refusals erp_internal.refusal [];
    -- the result for each split order, by turn
    v_splits erp_internal.restored_split [];
    v_remainder erp_internal.restored_split;
    v_merged boolean;
    v_kept boolean;
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
        pg_catalog.array_agg(
            erp_internal.removal(
                p_production_order_id => a.production_order_id,
                p_order_label => coalesce(
                    erp_internal.order_label(a.order_year, a.order_number, a.order_lot), a.production_order_id::text
                )
            )
            order by a.turn
        ),
        pg_catalog.array_agg(a.ordinal order by a.turn)
    into v_removals, v_ordinals
    from in_turn as a;

    -- the reasons to refuse each order whatever the others do
    v_refusals := array(
        select
            erp_internal.refusal(
                p_ordinal => a.ordinality,
                p_code => coalesce(b.code, 'order_not_found'),
                p_order_label => a.order_label,
                p_record_date => b.record_date,
                p_detail => b.detail
            )
        from unnest(v_removals) with ordinality as a
        left join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o on true
        left join lateral erp_internal.restore_obstacles(
            p_company_id, a.production_order_id, o.status, o.release_run_id, o.short_close_run_id
        ) as b on o.production_order_id is not null
        where o.production_order_id is null or b.code is not null
        order by a.ordinality
    );
    v_refusals := v_refusals || array(
        select j
        from erp_internal.check_removals(p_company_id, v_removals, v_refusals) as j
    );

    -- the orders that a release has split, one by one, each after its remainder
    v_splits := pg_catalog.array_fill(
        null::erp_internal.restored_split, array[pg_catalog.cardinality(v_removals)]
    );
    for v_order in
        select
            a.ordinality::integer as turn,
            a.order_label,
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
                    and (x.run_id is null or x.document_key is not null)
            )
            and not exists (
                select
                from erp.production_declaration as d
                where d.company_id = p_company_id and d.production_order_id = s.remainder_order_id
            ) as remainder_unused,
            n.ordinality::integer as remainder_turn
        from unnest(v_removals) with ordinality as a
        cross join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o
        left join lateral erp_internal.split_of_order(p_company_id, a.production_order_id) as s on true
        left join lateral erp_internal.order_by_id(p_company_id, s.remainder_order_id) as r on true
        left join unnest(v_removals) with ordinality as n on n.production_order_id = s.remainder_order_id
        left join erp_internal.refused_ordinals(v_refusals) as f on f.ordinal = a.ordinality
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
        order by a.ordinality
    loop
        -- of a remainder that was restored at an earlier turn
        v_remainder := v_splits[v_order.remainder_turn];
        v_merged := coalesce(
            v_order.remainder_unused
            and (v_order.remainder_launched or v_remainder.quantity is not null)
            and erp_internal.remainder_digest(
                p_company_id, v_order.remainder_order_id,
                coalesce(v_remainder.quantity, v_order.remainder_quantity),
                not coalesce(v_remainder.remainder_kept, false)
            ) = v_order.remainder_digest,
            false
        );
        v_kept := v_order.remainder_order_id is not null and not v_merged;
        v_splits[v_order.turn] := (
            select s::erp_internal.restored_split
            from (
                select
                    case when v_merged then v_order.whole_quantity else v_order.quantity end as quantity,
                    v_kept as remainder_kept,
                    case when v_merged then v_order.remainder_order_id end as merged_order_id
            ) as s
        );
        if v_kept then
            v_refusals := v_refusals || erp_internal.refusal(
                p_ordinal => v_order.turn, p_code => 'remainder_kept', p_order_label => v_order.order_label
            );
        elsif v_merged and v_order.remainder_turn is not null then
            v_merged_back_turns := v_merged_back_turns || v_order.remainder_turn;
        end if;
    end loop;
    v_refusals := array(select f from unnest(v_refusals) as f where f.ordinal <> all (v_merged_back_turns))
    || array(
        select
            erp_internal.refusal(
                p_ordinal => b.turn, p_code => 'merged_back', p_order_label => (v_removals[b.turn]).order_label
            )
        from unnest(v_merged_back_turns) as b (turn)
    );

    return query
    select
        v_ordinals[a.ordinality] as ordinal,
        a.production_order_id as order_id,
        o.order_year,
        o.order_number,
        o.order_lot,
        case when f.ordinal is null then 'restored' else 'refused' end as outcome,
        case when f.ordinal is null then coalesce(c.record_count, 0) else 0 end as record_count,
        case when f.ordinal is null then coalesce(c.movement_count, 0) else 0 end as movement_count,
        (v_splits[a.ordinality]).merged_order_id as merged_order_id,
        case when f.ordinal is null then coalesce(r.reasons, '[]') else r.reasons end as reasons,
        o.status
    from unnest(v_removals) with ordinality as a
    left join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o on true
    left join erp_internal.refused_ordinals(v_refusals) as f on f.ordinal = a.ordinality
    left join erp_internal.render_reasons(p_company_id, v_refusals) as r on r.ordinal = a.ordinality
    left join erp_internal.counts_in_force(p_company_id, v_removals) as c on c.ordinal = a.ordinality
    order by 1;
end;
$$;
