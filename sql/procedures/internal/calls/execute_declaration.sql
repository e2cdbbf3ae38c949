-- Executes a call of erp_api.declare_production (R51): lock orders, check, write. The answer is written to run_order.
-- Precondition: the run has begun. Locks (R62): orders by id; job orders.
create or replace function erp_internal.execute_declaration(
    p_company_id integer, p_run_id bigint, p_elements erp_internal.declared_element[]
)
returns void
language plpgsql
volatile
set enable_nestloop = off
as $$
declare
    v_requested record;
    v_elements erp_internal.declared_element [];
    v_refusals erp_internal.refusal [];
    v_answers erp_internal.call_answer [];
begin
    perform erp_internal.lock_orders(
        p_company_id, array(select distinct e.order_id from unnest(p_elements) as e), false
    );
    v_requested := erp_internal.known_ids(
        p_company_id, 'order', array(select e.order_id from unnest(p_elements) as e order by e.ordinal)
    );
    perform erp_internal.keep_unknown_count(p_company_id, p_run_id, v_requested.unknown);
    v_elements := array(
        select e
        from unnest(p_elements) as e
        inner join unnest(v_requested.known_ordinals) as k (ordinal) on k.ordinal = e.ordinal
        order by e.ordinal
    );
    v_refusals := array(select j from erp_internal.check_declarations(p_company_id, v_elements) as j);

    with refused as materialized (
        select r.ordinal
        from erp_internal.refused_ordinals(v_refusals) as r
    ),

    declared as (
        insert into erp.production_declaration (
            company_id, production_order_id, phase, sub_phase, kind, declared_at, good_quantity, scrap_quantity,
            lot_code, note, created_by
        )
        select
            p_company_id, e.order_id, e.phase, e.sub_phase, e.kind, e.declared_at, e.good_quantity,
            e.scrap_quantity, e.lot_code, e.note, erp_internal.caller_role()
        from unnest(v_elements) as e
        left join refused as r on r.ordinal = e.ordinal
        where r.ordinal is null
        order by e.ordinal
        returning production_declaration_id
    )

    select pg_catalog.array_agg(a::erp_internal.call_answer)
    into v_answers
    from (
        select
            e.ordinal,
            e.order_id,
            r.ordinal is not null as refused,
            pg_catalog.count(*) filter (where r.ordinal is null) over (order by e.ordinal) as nth
        from unnest(v_elements) as e
        left join refused as r on r.ordinal = e.ordinal
    ) as e
    -- ids were generated in the order of the elements
    left join (
        select
            d.production_declaration_id,
            pg_catalog.row_number() over (order by d.production_declaration_id) as nth
        from declared as d
    ) as d on d.nth = e.nth and not e.refused
    left join erp_internal.render_reasons(p_company_id, v_refusals) as s on s.ordinal = e.ordinal
    cross join lateral (
        select
            e.ordinal,
            e.order_id as production_order_id,
            d.production_declaration_id,
            case when e.refused then 'refused' else 'declared' end as outcome,
            0 as record_count,
            0 as movement_count,
            null::bigint as other_order_id,
            case when e.refused then s.reasons else '[]' end as reasons
    ) as a;
    perform erp_internal.write_answers(p_company_id, p_run_id, pg_catalog.cardinality(v_elements), v_answers);

    perform erp_internal.mark_orders_changed(p_company_id, p_run_id, 'declared');
end;
$$;
