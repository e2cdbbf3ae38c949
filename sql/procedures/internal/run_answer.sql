-- The rows that a run answered, for orders or declarations, as stored; what a repeated request key gets again (R60).
create or replace function erp_internal.run_answer(p_company_id integer, p_run_id bigint)
returns table (
    ordinal integer, order_id bigint, order_year integer, order_number integer, order_lot integer, outcome text,
    run_id bigint, record_count integer, movement_count integer, other_order_id bigint,
    declaration_id bigint, reasons jsonb
)
language sql
stable
begin atomic
    select
        r.ordinal,
        r.production_order_id,
        r.order_year,
        r.order_number,
        r.order_lot,
        r.outcome,
        r.run_id,
        r.record_count,
        r.movement_count,
        r.other_order_id,
        r.production_declaration_id,
        r.reasons
    from erp.run_order as r
    where r.company_id = p_company_id and r.run_id = p_run_id
    order by r.ordinal;
end;
