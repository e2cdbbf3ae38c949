-- Executes the rollback of registrations (R53): lock orders and stock, check, remove. The answer is written to
-- run_order.
-- Precondition: the run has begun. Locks (R62): orders by id; job orders; stock keys.
create or replace function erp_internal.execute_rollback(
    p_company_id integer, p_run_id bigint, p_declaration_ids bigint[]
)
returns void
language plpgsql
volatile
as $$
declare
    v_ordinals integer [];
    v_declarations erp_internal.requested_declaration [];
    -- by turn
    v_removals erp_internal.removal [];
    v_refusals erp_internal.refusal [];
    v_answers erp_internal.call_answer [];
    v_undone erp_internal.requested_declaration [];
    v_previous_mode text;
    v_row_count bigint;
begin
    select r.ordinals, r.declarations
    into v_ordinals, v_declarations
    from erp_internal.lock_and_read_declarations(p_company_id, p_run_id, p_declaration_ids, 'rollback') as r;
    if v_declarations = '{}' then
        return;
    end if;
    v_removals := array(
        select
            erp_internal.removal(
                p_production_order_id => d.production_order_id,
                p_production_declaration_id => d.production_declaration_id,
                p_order_label => coalesce(
                    erp_internal.order_label(d.order_year, d.order_number, d.order_lot),
                    d.production_declaration_id::text
                ),
                p_closing_turn => d.closing_turn,
                p_later_turn => d.neighbour_turn
            )
        from unnest(v_declarations) as d
        order by d.turn
    );
    perform erp_internal.lock_records(p_company_id, v_removals);

    v_refusals := array(
        select
            erp_internal.refusal(
                p_ordinal => d.turn,
                p_code => r.code,
                p_order_label => (v_removals[d.turn]).order_label,
                p_record_date => r.record_date
            )
        from unnest(v_declarations) as d
        inner join (
            select d.turn, d.refusal as code, null::date as record_date
            from unnest(v_declarations) as d
            where d.refusal is not null
            union all
            select d.turn, 'period_closed', pg_catalog.min(r.record_date)
            from unnest(v_declarations) as d
            inner join erp_internal.records_in_force(p_company_id, v_removals) as r on r.ordinal = d.turn
            inner join erp.production_parameter as p on p.company_id = p_company_id
            where d.refusal is null and not r.record_date between p.period_start and p.period_end
            group by d.turn
        ) as r on r.turn = d.turn
    );
    v_refusals := v_refusals || array(
        select c
        from erp_internal.check_registered_returns(p_company_id, v_removals) as c
        where not exists (select from unnest(v_declarations) as d where d.turn = c.ordinal and d.refusal is not null)
    );
    v_refusals := v_refusals || array(
        select j
        from erp_internal.check_removals(p_company_id, v_removals, v_refusals) as j
    );
    v_undone := array(
        select d
        from unnest(v_declarations) as d
        where d.turn not in (select f.ordinal from erp_internal.refused_ordinals(v_refusals) as f)
        order by d.turn
    );

    v_answers := array(
        select a::erp_internal.call_answer
        from unnest(v_declarations) as d
        left join erp_internal.refused_ordinals(v_refusals) as f on f.ordinal = d.turn
        left join erp_internal.render_reasons(p_company_id, v_refusals) as r on r.ordinal = d.turn
        left join erp_internal.counts_in_force(p_company_id, v_removals) as m on m.ordinal = d.turn
        cross join lateral (
            select
                v_ordinals[d.ordinal] as ordinal,
                d.production_order_id,
                d.production_declaration_id,
                case when f.ordinal is null then 'rolled_back' else 'refused' end as outcome,
                case when f.ordinal is null then m.record_count end as record_count,
                case when f.ordinal is null then m.movement_count end as movement_count,
                null::bigint as other_order_id,
                case when f.ordinal is null then '[]' else r.reasons end as reasons
        ) as a
    );
    perform erp_internal.write_answers(p_company_id, p_run_id, pg_catalog.cardinality(v_declarations), v_answers);

    v_previous_mode := erp_internal.set_write_mode('run');
    perform erp_internal.remove_records(
        p_company_id, array(select v_removals[d.turn] from unnest(v_undone) as d order by d.turn), p_run_id
    );
    perform erp_internal.remove_made_lots(p_company_id, array(select d.lot_id from unnest(v_undone) as d));
    update erp.production_declaration as d
    set registration_run_id = null, produced_quantity = 0, closed_order = false
    from unnest(v_undone) as u
    cross join lateral erp_internal.declaration_row(p_company_id, u.production_declaration_id) as f
    where f.registration_run_id is not null and d.ctid = f.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.set_write_mode(v_previous_mode);
    perform erp_internal.assert_row_count(pg_catalog.cardinality(v_undone), v_row_count);
    perform erp_internal.refresh_declared_orders(p_company_id, v_undone, -1);
end;
$$;
