-- Writes the answers of a run for sent rows and documents, but for those that are unchanged (R61).
create or replace function erp_internal.write_row_answers(
    p_company_id integer, p_run_id bigint, p_answers erp_internal.row_answer[]
)
returns void
language plpgsql
volatile
as $$
begin
    insert into erp.run_row (
        company_id, run_id, ordinal, kind, place, key, outcome, record_count, movement_count, reasons
    )
    select
        p_company_id, p_run_id, a.ordinal, a.kind, a.place, a.key, a.outcome, a.record_count, a.movement_count,
        a.reasons
    from unnest(p_answers) as a
    where a.outcome <> 'unchanged';
end;
$$;
