-- Plans a registration (R51): as erp_internal.plan_movements, for declarations in their turns, where a row is refused
-- if an earlier one of its phase in the call is. A row refused for that gives back the stock that it took, so the plan
-- is made again without it until nothing changes; each time the first such row is settled for good.
create or replace function erp_internal.plan_registration(
    p_company_id integer,
    p_declarations erp_internal.requested_declaration[],
    p_demand erp_internal.material_demand[],
    p_cells erp_internal.stock_cell[]
)
returns setof erp_internal.planned_movement
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    c_range constant numeric := 1e15;
    v_orders erp_internal.requested_order [];
    v_plan erp_internal.planned_movement [];
    v_refusals erp_internal.refusal [];
    v_broken_turns integer [] := array[]::integer [];
    v_more_turns integer [];
begin
    -- the produced quantity must fit into its column
    v_refusals := array(
        select
            erp_internal.refusal(
                p_ordinal => d.turn,
                p_code => 'quantity_out_of_range',
                p_order_label => erp_internal.order_label(d.order_year, d.order_number, d.order_lot),
                p_item_id => o.item_id,
                p_item_variant_id => o.item_variant_id,
                p_required => o.produced_quantity + d.produced_up_to,
                p_available => c_range
            )
        from (
            select
                d.*,
                pg_catalog.sum(d.produced_quantity) over (partition by d.production_order_id order by d.turn)
                    as produced_up_to
            from unnest(p_declarations) as d
            where d.refusal is null
        ) as d
        cross join lateral erp_internal.order_by_id(p_company_id, d.production_order_id) as o
        where d.produced_quantity > 0 and o.produced_quantity + d.produced_up_to >= c_range
    );

    loop
        v_orders := array(
            select o::erp_internal.requested_order
            from unnest(p_declarations) as d
            left join unnest(v_broken_turns) as b (turn) on b.turn = d.turn
            cross join lateral (
                select
                    d.turn as ordinal,
                    d.production_order_id,
                    d.production_declaration_id,
                    d.record_date,
                    d.order_year,
                    d.order_number,
                    d.order_lot,
                    d.good_quantity + d.scrap_quantity as quantity,
                    d.good_quantity + d.scrap_quantity as whole_quantity,
                    0 as quantity_decimals,
                    false as splittable,
                    d.lot_code,
                    case when b.turn is not null then 'sequence_broken' else d.refusal end as refusal
            ) as o
            order by d.turn
        );
        v_plan := array(
            select p
            from erp_internal.plan_movements(
                p_company_id, false, 'registered', v_orders,
                array(
                    select d
                    from unnest(p_demand) as d
                    left join unnest(v_broken_turns) as b (turn) on b.turn = d.ordinal
                    where b.turn is null
                ),
                p_cells,
                array(
                    select r
                    from unnest(v_refusals) as r
                    left join unnest(v_broken_turns) as b (turn) on b.turn = r.ordinal
                    where b.turn is null
                )
            ) as p
        );

        with head as (
            select d.production_order_id, d.phase, d.sub_phase, pg_catalog.min(d.turn) as turn
            from unnest(p_declarations) as d
            inner join unnest(v_plan) as p on p.ordinal = d.turn and p.line is null
            where p.outcome = 'refused' and d.refusal is distinct from 'already_registered'
            group by 1, 2, 3
        ),

        broken as (
            select d.turn, h.turn as head_turn, pg_catalog.min(d.turn) over () as first_turn
            from head as h
            inner join unnest(p_declarations) as d
                on
                    d.production_order_id = h.production_order_id and d.phase = h.phase and d.sub_phase = h.sub_phase
            left join unnest(v_broken_turns) as b (turn) on b.turn = d.turn
            where d.turn > h.turn and d.refusal is null and b.turn is null
        )

        select pg_catalog.array_agg(b.turn)
        into v_more_turns
        from broken as b
        where b.head_turn < b.first_turn;
        exit when v_more_turns is null;
        v_broken_turns := v_broken_turns || v_more_turns;
    end loop;
    return query select p.* from unnest(v_plan) as p;
end;
$$;
