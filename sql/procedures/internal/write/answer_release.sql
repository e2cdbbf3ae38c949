-- Writes what a release answers for each order, at its position in the call (p_ordinals, R61). If all-or-none has
-- stopped the call (p_stopped), an order without reasons of its own gets the reason all_or_none.
-- Errors: 40001 unless each order has an answer.
create or replace function erp_internal.answer_release(
    p_company_id integer,
    p_run_id bigint,
    p_stopped boolean,
    p_ordinals integer[],
    p_orders erp_internal.requested_order[],
    p_plan erp_internal.planned_movement[],
    p_written_ordinals integer[],
    p_record_counts integer[],
    p_movement_counts integer[],
    p_split_ids bigint[],
    p_remainder_ids bigint[]
)
returns void
language plpgsql
volatile
set enable_nestloop = off
as $$
declare
    v_answered bigint;
begin
    insert into erp.run_order (
        company_id, run_id, ordinal, production_order_id, order_year, order_number, order_lot, outcome,
        record_count, movement_count, other_order_id, reasons
    )
    select
        p_company_id, p_run_id, p_ordinals[o.ordinal], o.production_order_id, o.order_year, o.order_number, o.order_lot,
        case when p_stopped then 'refused' else v.outcome end,
        coalesce(w.record_count, 0), coalesce(w.movement_count, 0), s.remainder_order_id,
        case
            when p_stopped and v.outcome <> 'refused' then r.reasons
            else v.reasons
        end
    from unnest(p_orders) as o
    inner join unnest(p_plan) as v on v.ordinal = o.ordinal and v.line is null
    left join unnest(p_written_ordinals, p_record_counts, p_movement_counts)
        as w (ordinal, record_count, movement_count) on w.ordinal = o.ordinal
    left join unnest(p_split_ids, p_remainder_ids) as s (production_order_id, remainder_order_id)
        on s.production_order_id = o.production_order_id
    left join erp_internal.render_reasons(
        p_company_id,
        array(
            select
                erp_internal.refusal(
                    p_ordinal => o.ordinal,
                    p_code => 'all_or_none',
                    p_order_label => erp_internal.order_label(o.order_year, o.order_number, o.order_lot)
                )
            from unnest(p_orders) as o
            where p_stopped
        )
    ) as r on r.ordinal = o.ordinal;
    get diagnostics v_answered = row_count;
    perform erp_internal.assert_row_count(pg_catalog.cardinality(p_orders), v_answered);
end;
$$;
