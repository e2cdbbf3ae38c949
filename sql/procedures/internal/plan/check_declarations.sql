-- Returns the reasons to refuse elements of a call of erp_api.declare_production (R51). Those of one phase are checked
-- one after the other, each seeing the ones before it that are not refused.
-- Precondition: the orders are locked.
create or replace function erp_internal.check_declarations(
    p_company_id integer, p_elements erp_internal.declared_element[]
)
returns setof erp_internal.refusal
language plpgsql
stable
as $$
declare
    v_element record;
    v_last_kind text;
    v_last_at timestamptz;
    v_good numeric;
    v_code text;
    v_over_production boolean;
begin
    for v_element in
        with element as materialized (
            select
                e.*,
                o.production_order_id,
                o.status,
                o.short_close_run_id,
                o.item_id,
                o.item_variant_id,
                o.quantity * (100 + p.over_production_percent) * 0.01 as maximum_quantity,
                f.productive,
                coalesce(
                    erp_internal.order_label(o.order_year, o.order_number, o.order_lot), e.order_id::text
                ) as order_label,
                erp_internal.phase_label(e.phase, e.sub_phase) as phase_label
            from unnest(p_elements) as e
            inner join erp.production_parameter as p on p.company_id = p_company_id
            left join lateral erp_internal.order_by_id(p_company_id, e.order_id) as o on true
            left join lateral erp_internal.phases_of_order(p_company_id, e.order_id) as f
                on f.phase = e.phase and f.sub_phase = e.sub_phase
        ),

        -- the state of each phase before the call
        phase_state as materialized (
            select
                d.production_order_id,
                d.phase,
                d.sub_phase,
                (pg_catalog.array_agg(d.kind order by d.declared_at desc, d.production_declaration_id desc))[1]
                    as last_kind,
                pg_catalog.max(d.declared_at) as last_at,
                pg_catalog.sum(d.good_quantity) as good
            from (select distinct e.production_order_id from element as e) as o
            cross join lateral erp_internal.declarations_of_order(p_company_id, o.production_order_id) as d
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
        left join phase_state as s
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
            when v_element.status = 'closed' then erp_internal.closed_code(v_element.short_close_run_id)
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
        v_over_production :=
            coalesce(v_code = 'sequence_broken', true)
            and v_element.good_quantity > 0 and v_good + v_element.good_quantity > v_element.maximum_quantity;
        if v_code is not null then
            return next erp_internal.refusal(
                p_ordinal => v_element.ordinal,
                p_code => v_code,
                p_order_label => v_element.order_label,
                p_detail => v_element.phase_label
            );
        end if;
        if v_over_production then
            return next erp_internal.refusal(
                p_ordinal => v_element.ordinal,
                p_code => 'over_production',
                p_order_label => v_element.order_label,
                p_item_id => v_element.item_id,
                p_item_variant_id => v_element.item_variant_id,
                p_required => v_good + v_element.good_quantity,
                p_available => v_element.maximum_quantity,
                p_detail => v_element.phase_label
            );
        end if;
        if v_code is null and not v_over_production then
            v_last_kind := v_element.kind;
            v_last_at := v_element.declared_at;
            v_good := v_good + v_element.good_quantity;
        end if;
    end loop;
end;
$$;
