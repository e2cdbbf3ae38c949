-- Writes what a run over declarations answers for each of them, at its position in the call (p_ordinals, R61).
-- Errors: 40001 unless each declaration has an answer.
create or replace function erp_internal.answer_declarations(
    p_company_id integer,
    p_run_id bigint,
    p_ordinals integer[],
    p_declarations erp_internal.requested_declaration[],
    p_turns integer[],
    p_outcomes text[],
    p_record_counts integer[],
    p_movement_counts integer[],
    p_reasons jsonb[]
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
        company_id, run_id, ordinal, production_order_id, order_year, order_number, order_lot,
        production_declaration_id, outcome, record_count, movement_count, reasons
    )
    select
        p_company_id, p_run_id, p_ordinals[d.ordinal], d.production_order_id, d.order_year, d.order_number, d.order_lot,
        d.production_declaration_id, a.outcome, coalesce(a.record_count, 0), coalesce(a.movement_count, 0), a.reasons
    from unnest(p_declarations) as d
    inner join unnest(p_turns, p_outcomes, p_record_counts, p_movement_counts, p_reasons)
        as a (turn, outcome, record_count, movement_count, reasons) on a.turn = d.turn;
    get diagnostics v_answered = row_count;
    perform erp_internal.assert_row_count(pg_catalog.cardinality(p_declarations), v_answered);
end;
$$;
