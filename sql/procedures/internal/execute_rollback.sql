-- requires: internal/known_declarations, internal/keep_unknown
-- requires: internal/ask_declarations, internal/judge_removals, internal/render_reasons, internal/order_label
-- requires: internal/refusal, internal/refused_ordinals
-- requires: internal/lock_declared_orders, internal/lock_records, internal/remove_records, internal/remove_made_lots
-- requires: internal/set_door, internal/assert_unchanged, internal/answer_declarations
-- requires: internal/refresh_declared_orders
-- Executes the rollback of registrations (R53): lock orders and stock, judge, take back. The answer stands in
-- run_order. Locks (R62): orders by id; job orders; stock keys. The request key has been taken before.
create or replace function erp_internal.execute_rollback(
    p_company_id integer, p_run_id bigint, p_declaration_ids bigint[]
)
returns void
language plpgsql
volatile
as $$
declare
    v_asked record;
    v_declarations erp_internal.asked_declaration [];
    v_order_ids bigint [];
    v_ids bigint [];
    v_labels text [];
    v_refusals erp_internal.refusal [];
    v_undone erp_internal.asked_declaration [];
    v_door text;
    v_served bigint;
begin
    perform erp_internal.lock_declared_orders(p_company_id, p_declaration_ids);
    v_asked := erp_internal.known_declarations(p_company_id, p_declaration_ids);
    perform erp_internal.keep_unknown(p_company_id, p_run_id, v_asked.unknown_ids);
    if pg_catalog.cardinality(v_asked.known_ids) = 0 then
        return;
    end if;
    v_declarations := array(
        select d from erp_internal.ask_declarations(p_company_id, v_asked.known_ids, 'rollback') as d
    );
    -- in the order of their turns, so that a place is an index
    select
        pg_catalog.array_agg(d.production_order_id order by d.place),
        pg_catalog.array_agg(d.production_declaration_id order by d.place),
        pg_catalog.array_agg(
            coalesce(
                erp_internal.order_label(d.order_year, d.order_number, d.order_lot), d.production_declaration_id::text
            )
            order by d.place
        )
    into v_order_ids, v_ids, v_labels
    from unnest(v_declarations) as d;
    perform erp_internal.lock_records(p_company_id, v_order_ids, v_ids);

    v_refusals := array(
        select
            erp_internal.refusal(
                p_ordinal => d.place,
                p_code => r.code,
                p_order_label => v_labels[d.place],
                p_record_date => r.record_date
            )
        from unnest(v_declarations) as d
        inner join (
            select d.place, d.refusal as code, null::date as record_date
            from unnest(v_declarations) as d
            where d.refusal is not null
            union all
            select d.place, 'period_closed', pg_catalog.min(r.record_date)
            from unnest(v_declarations) as d
            inner join erp_internal.records_in_force(p_company_id, v_order_ids, v_ids) as r on r.ordinal = d.place
            inner join erp.production_parameter as p on p.company_id = p_company_id
            where d.refusal is null and not r.record_date between p.period_start and p.period_end
            group by d.place
        ) as r on r.place = d.place
    );
    v_refusals := v_refusals || array(
        select j
        from erp_internal.judge_removals(
            p_company_id, v_order_ids, v_ids, v_labels, v_refusals,
            array(select d.closing_place from unnest(v_declarations) as d order by d.place),
            array(select d.neighbour_place from unnest(v_declarations) as d order by d.place)
        ) as j
    );
    v_undone := array(
        select d
        from unnest(v_declarations) as d
        where d.place not in (select f.ordinal from erp_internal.refused_ordinals(v_refusals) as f)
        order by d.place
    );

    perform erp_internal.answer_declarations(
        p_company_id, p_run_id, v_asked.known_ordinals, v_declarations, pg_catalog.array_agg(d.place),
        pg_catalog.array_agg(case when f.ordinal is null then 'rolled_back' else 'refused' end),
        pg_catalog.array_agg(case when f.ordinal is null then m.record_count end),
        pg_catalog.array_agg(case when f.ordinal is null then m.movement_count end),
        pg_catalog.array_agg(case when f.ordinal is null then '[]' else r.reasons end)
    )
    from unnest(v_declarations) as d
    left join erp_internal.refused_ordinals(v_refusals) as f on f.ordinal = d.place
    left join erp_internal.render_reasons(p_company_id, v_refusals) as r on r.ordinal = d.place
    left join (
        select
            m.ordinal,
            pg_catalog.count(distinct m.stock_record_id)::integer as record_count,
            pg_catalog.count(*)::integer as movement_count
        from erp_internal.movements_in_force(p_company_id, v_order_ids, v_ids) as m
        group by m.ordinal
    ) as m on m.ordinal = d.place;

    v_door := erp_internal.set_door('run');
    perform erp_internal.remove_records(
        p_company_id,
        array(select d.production_order_id from unnest(v_undone) as d order by d.place),
        array(select d.production_declaration_id from unnest(v_undone) as d order by d.place),
        p_run_id
    );
    perform erp_internal.remove_made_lots(p_company_id, v_undone);
    update erp.production_declaration as d
    set registration_run_id = null, produced_quantity = 0, closed_order = false
    from unnest(v_undone) as u
    cross join lateral (
        select f.ctid as row_place, f.registration_run_id
        from erp.production_declaration as f
        where
            f.company_id = p_company_id and f.production_declaration_id = u.production_declaration_id
        offset 0
    ) as f
    where f.registration_run_id is not null and d.ctid = f.row_place;
    get diagnostics v_served = row_count;
    perform erp_internal.set_door(v_door);
    perform erp_internal.assert_unchanged(pg_catalog.cardinality(v_undone), v_served);
    perform erp_internal.refresh_declared_orders(p_company_id, v_undone, -1);
end;
$$;
