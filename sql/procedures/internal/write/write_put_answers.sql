-- Writes the answers of a put of orders (R61), but for what is unchanged: that is what has no row (see
-- erp_internal.order_put_rows). If all-or-none stops the call, what has no reasons of its own is refused for that.
create or replace function erp_internal.write_put_answers(
    p_company_id integer,
    p_run_id bigint,
    p_documents erp_internal.production_order_row[],
    p_answers erp_internal.call_answer[],
    p_written erp_internal.written_order[],
    p_stopped boolean
)
returns void
language plpgsql
volatile
set enable_nestloop = off
as $$
begin
    insert into erp.run_order (
        company_id, run_id, ordinal, production_order_id, order_year, order_number, order_lot, outcome, record_count,
        movement_count, reasons
    )
    select
        p_company_id, p_run_id, a.ordinal, coalesce(w.production_order_id, a.production_order_id), d.order_year,
        d.order_number, d.order_lot, case when p_stopped then 'refused' else a.outcome end, 0, 0,
        case when p_stopped and a.outcome <> 'refused' then r.reasons else a.reasons end
    from unnest(p_answers) as a
    inner join unnest(p_documents) as d on d.ordinal = a.ordinal
    left join unnest(p_written) as w on w.ordinal = a.ordinal
    left join erp_internal.render_reasons(
        p_company_id,
        array(
            select
                erp_internal.refusal(
                    p_ordinal => d.ordinal,
                    p_code => 'all_or_none',
                    p_order_label => erp_internal.order_label(d.order_year, d.order_number, d.order_lot)
                )
            from unnest(p_documents) as d
            where p_stopped
        )
    ) as r on r.ordinal = a.ordinal
    where p_stopped or a.outcome <> 'unchanged';
end;
$$;
