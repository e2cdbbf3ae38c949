-- Executes the deletion of declarations (R53). The answer is written to run_order.
-- Precondition: the run has begun. Locks (R62): orders by id; job orders.
create or replace function erp_internal.execute_deletion(
    p_company_id integer, p_run_id bigint, p_declaration_ids bigint[]
)
returns void
language plpgsql
volatile
as $$
declare
    v_ordinals integer [];
    v_declarations erp_internal.requested_declaration [];
    v_refusals erp_internal.refusal [];
    v_answers erp_internal.call_answer [];
    v_ids bigint [];
    v_row_count bigint;
begin
    select r.ordinals, r.declarations
    into v_ordinals, v_declarations
    from erp_internal.lock_and_read_declarations(p_company_id, p_run_id, p_declaration_ids, 'deletion') as r;
    if v_declarations = '{}' then
        return;
    end if;
    -- if a row stays, all earlier ones of its phase stay
    v_refusals := array(
        select
            erp_internal.refusal(
                p_ordinal => d.turn,
                p_code => d.code,
                p_order_label => coalesce(
                    erp_internal.order_label(d.order_year, d.order_number, d.order_lot),
                    d.production_declaration_id::text
                )
            )
        from (
            select
                d.*,
                coalesce(
                    d.refusal,
                    case
                        when
                            pg_catalog.bool_or(d.refusal is not null) over (
                                partition by d.production_order_id, d.phase, d.sub_phase
                                order by d.turn
                                rows between unbounded preceding and 1 preceding
                            )
                            then 'sequence_broken'
                    end
                ) as code
            from unnest(v_declarations) as d
        ) as d
        where d.code is not null
    );

    v_answers := array(
        select a::erp_internal.call_answer
        from unnest(v_declarations) as d
        left join erp_internal.refused_ordinals(v_refusals) as f on f.ordinal = d.turn
        left join erp_internal.render_reasons(p_company_id, v_refusals) as r on r.ordinal = d.turn
        cross join lateral (
            select
                v_ordinals[d.ordinal] as ordinal,
                d.production_order_id,
                d.production_declaration_id,
                case when f.ordinal is null then 'deleted' else 'refused' end as outcome,
                0 as record_count,
                0 as movement_count,
                null::bigint as other_order_id,
                case when f.ordinal is null then '[]' else r.reasons end as reasons
        ) as a
    );
    perform erp_internal.write_answers(p_company_id, p_run_id, pg_catalog.cardinality(v_declarations), v_answers);

    v_ids := array(
        select a.production_declaration_id from unnest(v_answers) as a where a.outcome = 'deleted'
    );
    delete from erp.production_declaration as d
    using
        unnest(v_ids) as a (production_declaration_id)
    cross join lateral erp_internal.declaration_row(p_company_id, a.production_declaration_id) as f
    where f.registration_run_id is null and d.ctid = f.row_ctid;
    get diagnostics v_row_count = row_count;
    perform erp_internal.assert_row_count(pg_catalog.cardinality(v_ids), v_row_count);

    perform erp_internal.mark_orders_changed(p_company_id, p_run_id, 'deleted');
end;
$$;
