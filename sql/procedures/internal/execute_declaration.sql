-- requires: internal/parse_declarations, internal/lock_orders, internal/worded_reasons, internal/order_label
-- requires: internal/caller_role
-- Executes a call of erp_api.declare_production (R51): lock orders, judge each element, write. Elements of one phase
-- are judged one after the other, each seeing those declared before it. The answer stands in run_order. Locks (R62):
-- orders by id; job orders. The request key has been taken before.
create or replace function erp_internal.execute_declaration(
    p_company_id integer, p_run_id bigint, p_declarations jsonb
)
returns void
language plpgsql
volatile
as $$
declare
    v_element record;
    v_last_kind text;
    v_last_at timestamptz;
    v_good numeric;
    v_code text;
    v_refused boolean;
    v_refusals erp_internal.refusal [] := array[]::erp_internal.refusal [];
begin
    perform erp_internal.lock_orders(
        p_company_id,
        array(select distinct e.order_id from erp_internal.parse_declarations(p_declarations) as e),
        false
    );

    for v_element in
        with element as materialized (
            select
                e.*,
                o.production_order_id,
                o.status,
                o.item_id,
                o.item_variant_id,
                o.quantity * (100 + p.over_production_percent) * 0.01 as most,
                f.productive,
                coalesce(
                    erp_internal.order_label(o.order_year, o.order_number, o.order_lot), e.order_id::text
                ) as order_label,
                e.phase || case e.sub_phase when 0 then '' else '/' || e.sub_phase end as phase_label
            from erp_internal.parse_declarations(p_declarations) as e
            inner join erp.production_parameter as p on p.company_id = p_company_id
            left join lateral (
                select o.*
                from erp.production_order as o
                where o.company_id = p_company_id and o.production_order_id = e.order_id
                offset 0
            ) as o on true
            left join lateral (
                select f.productive
                from erp.production_order_phase as f
                where
                    f.company_id = p_company_id and f.production_order_id = e.order_id
                    and f.phase = e.phase and f.sub_phase = e.sub_phase
                offset 0
            ) as f on true
        ),

        -- how each phase stands before the call
        standing as materialized (
            select
                d.production_order_id,
                d.phase,
                d.sub_phase,
                (pg_catalog.array_agg(d.kind order by d.declared_at desc, d.production_declaration_id desc))[1] as last_kind,
                pg_catalog.max(d.declared_at) as last_at,
                pg_catalog.sum(d.good_quantity) as good
            from (select distinct e.production_order_id from element as e) as o
            cross join lateral (
                select d.*
                from erp.production_declaration as d
                where d.company_id = p_company_id and d.production_order_id = o.production_order_id
                offset 0
            ) as d
            group by d.production_order_id, d.phase, d.sub_phase
        )

        select
            e.*,
            pg_catalog.row_number() over (
                partition by e.order_id, e.phase, e.sub_phase order by e.ordinal
            ) = 1 as first_of_phase,
            s.last_kind,
            s.last_at,
            coalesce(s.good, 0) as good
        from element as e
        left join standing as s
            on s.production_order_id = e.production_order_id and s.phase = e.phase and s.sub_phase = e.sub_phase
        order by e.order_id, e.phase, e.sub_phase, e.ordinal
    loop
        if v_element.first_of_phase then
            v_last_kind := v_element.last_kind;
            v_last_at := v_element.last_at;
            v_good := v_element.good;
        end if;

        v_code := case
            when v_element.production_order_id is null then 'order_not_found'
            when v_element.status = 'closed' then 'order_closed'
            when v_element.status <> 'executive' then 'order_not_executive'
            when v_element.productive is null then 'phase_unknown'
            when not v_element.productive then 'phase_not_productive'
            when
                v_element.declared_at < v_last_at
                or not case
                    when v_last_kind is null then v_element.kind = 'opening'
                    when v_last_kind = 'closing' then false
                    when v_last_kind = 'suspension' then v_element.kind = 'resume'
                    else v_element.kind in ('suspension', 'progress', 'closing')
                end
                then 'sequence_broken'
        end;
        v_refused := v_code is not null;
        if v_refused then
            v_refusals := v_refusals || row(
                v_element.ordinal, null, v_code, v_element.order_label, null, null, null, null, null, null,
                v_element.phase_label
            )::erp_internal.refusal;
        end if;
        if
            coalesce(v_code = 'sequence_broken', true)
            and v_element.good_quantity > 0 and v_good + v_element.good_quantity > v_element.most
        then
            v_refused := true;
            v_refusals := v_refusals || row(
                v_element.ordinal, null, 'over_production', v_element.order_label, v_element.item_id,
                v_element.item_variant_id, null, null,
                v_good + v_element.good_quantity, v_element.most, v_element.phase_label
            )::erp_internal.refusal;
        end if;
        if not v_refused then
            v_last_kind := v_element.kind;
            v_last_at := v_element.declared_at;
            v_good := v_good + v_element.good_quantity;
        end if;
    end loop;

    with refused as materialized (
        select r.ordinal, r.reasons
        from erp_internal.worded_reasons(p_company_id, v_refusals) as r
    ),

    declared as (
        insert into erp.production_declaration (
            company_id, production_order_id, phase, sub_phase, kind, declared_at, good_quantity, scrap_quantity,
            lot_code, note, created_by
        )
        select
            p_company_id, e.order_id, e.phase, e.sub_phase, e.kind, e.declared_at, e.good_quantity,
            e.scrap_quantity, e.lot_code, e.note, erp_internal.caller_role()
        from erp_internal.parse_declarations(p_declarations) as e
        left join refused as r on r.ordinal = e.ordinal
        where r.ordinal is null
        order by e.ordinal
        returning production_declaration_id
    )

    insert into erp.run_order (
        company_id, run_id, ordinal, production_order_id, order_year, order_number, order_lot,
        production_declaration_id, outcome, record_count, movement_count, reasons
    )
    select
        p_company_id, p_run_id, e.ordinal, e.order_id, o.order_year, o.order_number, o.order_lot,
        d.production_declaration_id, case when e.reasons is null then 'declared' else 'refused' end, 0, 0,
        coalesce(e.reasons, '[]')
    from (
        select
            e.ordinal,
            e.order_id,
            r.reasons,
            pg_catalog.count(*) filter (where r.ordinal is null) over (order by e.ordinal) as place
        from erp_internal.parse_declarations(p_declarations) as e
        left join refused as r on r.ordinal = e.ordinal
    ) as e
    left join lateral (
        select o.order_year, o.order_number, o.order_lot
        from erp.production_order as o
        where o.company_id = p_company_id and o.production_order_id = e.order_id
        offset 0
    ) as o on true
    -- identities were given in the order of the elements
    left join (
        select
            d.production_declaration_id,
            pg_catalog.row_number() over (order by d.production_declaration_id) as place
        from declared as d
    ) as d on d.place = e.place and e.reasons is null;

    -- a transaction at repeatable read that waited for the order learns that its declarations have changed
    update erp.production_order as o
    set changed_at = pg_catalog.now(), changed_by = erp_internal.caller_role()
    from (
        select distinct r.production_order_id
        from erp.run_order as r
        where r.company_id = p_company_id and r.run_id = p_run_id and r.outcome = 'declared'
    ) as r
    where o.company_id = p_company_id and o.production_order_id = r.production_order_id;
end;
$$;
