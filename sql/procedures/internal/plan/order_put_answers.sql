-- Returns what a put answers for each document: refused, created, changed, deleted or unchanged. Deleting an order that
-- there is not changes nothing (R72). If a value is faulty, that it is missing is not said besides.
create or replace function erp_internal.order_put_answers(
    p_company_id integer,
    p_documents erp_internal.production_order_row[],
    p_orders erp_internal.put_order[],
    p_phases erp_internal.put_phase[],
    p_materials erp_internal.put_material[],
    p_lots erp_internal.put_material_lot[],
    p_faults erp_internal.cell_fault[]
)
returns setof erp_internal.call_answer
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    v_refusals erp_internal.refusal [] := array[]::erp_internal.refusal [];
begin
    if p_faults <> '{}' then
        v_refusals := erp_internal.cell_refusals(
            array(
                select f
                from unnest(p_faults) as f
                where
                    f.code <> 'value_required'
                    or not exists (
                        select
                        from unnest(p_faults) as c
                        where
                            c.ordinal = f.ordinal and c.column_name = f.column_name
                            and coalesce(c.place, 0) = coalesce(f.place, 0) and c.code <> 'value_required'
                    )
            ),
            true,
            array(
                select coalesce(erp_internal.order_label(d.order_year, d.order_number, d.order_lot), '?')
                from unnest(p_documents) as d
                order by d.ordinal
            )
        );
    end if;

    return query
    select
        d.ordinal,
        o.production_order_id,
        null::bigint as production_declaration_id,
        case
            when f.ordinal is not null then 'refused'
            when o.deletion then case when o.production_order_id is null then 'unchanged' else 'deleted' end
            when o.production_order_id is null then 'created'
            when o.changed or c.ordinal is not null then 'changed'
            else 'unchanged'
        end as outcome,
        0 as record_count,
        0 as movement_count,
        null::bigint as other_order_id,
        coalesce(r.reasons, '[]') as reasons
    from unnest(p_documents) as d
    left join unnest(p_orders) as o on o.ordinal = d.ordinal
    left join (
        select p.ordinal from unnest(p_phases) as p
        union
        select m.ordinal from unnest(p_materials) as m where m.action is not null
        union
        select l.ordinal from unnest(p_lots) as l
    ) as c on c.ordinal = d.ordinal
    left join erp_internal.refused_ordinals(v_refusals) as f on f.ordinal = d.ordinal
    left join erp_internal.render_reasons(p_company_id, v_refusals) as r on r.ordinal = d.ordinal;
end;
$$;
