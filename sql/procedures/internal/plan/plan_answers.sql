-- Returns what an executed plan answers for each of those that it serves or refuses (see erp_internal.write_answers).
-- p_ordinals: of each ordinal of the plan, the position in the call.
create or replace function erp_internal.plan_answers(
    p_ordinals integer[],
    p_plan erp_internal.planned_movement[],
    p_counts erp_internal.record_count[],
    p_splits erp_internal.order_split[] default '{}'
)
returns setof erp_internal.call_answer
language plpgsql
immutable
set enable_nestloop = off
as $$
begin
    return query
    select
        p_ordinals[p.ordinal] as ordinal,
        p.production_order_id,
        p.production_declaration_id,
        p.outcome,
        c.record_count,
        c.movement_count,
        s.remainder_order_id as other_order_id,
        p.reasons
    from unnest(p_plan) as p
    left join unnest(p_counts) as c on c.ordinal = p.ordinal
    left join unnest(p_splits) as s on s.production_order_id = p.production_order_id
    where p.line is null;
end;
$$;
