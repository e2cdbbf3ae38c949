-- Writes the answers of a run, one for each known id of the call (R61). If all-or-none stops the call, all are refused,
-- and those without reasons of their own get the reason all_or_none.
-- Errors: 40001 unless there are p_known_count answers.
create or replace function erp_internal.write_answers(
    p_company_id integer,
    p_run_id bigint,
    p_known_count integer,
    p_answers erp_internal.call_answer[],
    p_stopped boolean default false
)
returns void
language plpgsql
volatile
set enable_nestloop = off
as $$
declare
    v_row_count bigint;
begin
    insert into erp.run_order (
        company_id, run_id, ordinal, production_order_id, order_year, order_number, order_lot,
        production_declaration_id, outcome, record_count, movement_count, other_order_id, reasons
    )
    select
        p_company_id, p_run_id, a.ordinal, a.production_order_id, o.order_year, o.order_number, o.order_lot,
        a.production_declaration_id, case when p_stopped then 'refused' else a.outcome end,
        case when p_stopped then 0 else coalesce(a.record_count, 0) end,
        case when p_stopped then 0 else coalesce(a.movement_count, 0) end,
        case when not p_stopped then a.other_order_id end,
        case when p_stopped and a.outcome <> 'refused' then r.reasons else a.reasons end
    from unnest(p_answers) as a
    cross join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o
    left join erp_internal.render_reasons(
        p_company_id,
        array(
            select
                erp_internal.refusal(
                    p_ordinal => a.ordinal,
                    p_code => 'all_or_none',
                    p_order_label => erp_internal.order_label(o.order_year, o.order_number, o.order_lot)
                )
            from unnest(p_answers) as a
            cross join lateral erp_internal.order_by_id(p_company_id, a.production_order_id) as o
            where p_stopped
        )
    ) as r on r.ordinal = a.ordinal;
    get diagnostics v_row_count = row_count;
    perform erp_internal.assert_row_count(p_known_count, v_row_count);
end;
$$;
