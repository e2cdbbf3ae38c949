-- requires: internal/messages/message_language
-- Returns reasons as clients get them: for each ordinal that has any, a JSON array by material row and precedence, with
-- sentences in the language of erp.language or in p_language (R63). It decides nothing. Reasons that name nothing of a
-- company need none.
-- Errors: XX000 for a reason without an ordinal, or with a code that is not in the catalog.
create or replace function erp_internal.render_reasons(
    p_company_id integer,
    p_refusals erp_internal.refusal[],
    p_language text default erp_internal.message_language()
)
returns table (ordinal integer, reasons jsonb)
language plpgsql
stable
set enable_nestloop = off
set datestyle = 'ISO'
as $$
#variable_conflict use_column
begin
    if coalesce(pg_catalog.cardinality(p_refusals), 0) = 0 then
        return;
    end if;

    return query
    select
        r.ordinal,
        pg_catalog.jsonb_agg(
            pg_catalog.jsonb_build_object(
                'code', r.code,
                'message', pg_catalog.format(
                    coalesce(
                        case when r.ordinal is not null then c.message end, erp_internal.raise_unknown_code(r.code)
                    ),
                    r.order_label,
                    i.item_code || coalesce('/' || v.variant_code, ''),
                    w.warehouse_code || coalesce(
                        case
                            when l.location_code is not null
                                then pg_catalog.format(c.location_phrase, l.location_code)
                            when
                                r.location_id = 0
                                and exists (
                                    select
                                    from erp.location as x
                                    where x.company_id = p_company_id and x.warehouse_id = r.warehouse_id
                                )
                                then c.no_location_phrase
                        end,
                        ''
                    ),
                    coalesce(' (' || t.lot_code || ')', ''),
                    pg_catalog.trim_scale(r.required),
                    pg_catalog.trim_scale(r.available),
                    i.uom,
                    r.detail,
                    r.record_date,
                    p.period_start,
                    p.period_end,
                    r.column_name,
                    r.expected,
                    case
                        when r.document_key is null then pg_catalog.format(c.order_phrase, r.order_label)
                        when r.line is null or r.column_name is null
                            then pg_catalog.format(c.document_phrase, r.document_key)
                        else pg_catalog.format(c.document_line_phrase, r.document_key, r.line)
                    end
                ),
                'item_code', i.item_code,
                'variant_code', v.variant_code,
                'warehouse_code', w.warehouse_code,
                'lot_code', t.lot_code,
                'required', pg_catalog.trim_scale(r.required),
                'available', pg_catalog.trim_scale(r.available),
                'hint', c.hint,
                'location_code', l.location_code
            )
            -- of sent data: where it stands
            || case
                when r.column_name is null then '{}'::jsonb
                else pg_catalog.jsonb_build_object('column', r.column_name, 'line', r.line)
            end
            order by
                r.line nulls first, c.precedence, w.warehouse_code, l.location_code nulls first, t.lot_code,
                r.column_name, r.detail
        ) as reasons
    from unnest(p_refusals) as r
    left join erp_internal.reason_catalog() as c on c.code = r.code and c.language = p_language
    left join erp.production_parameter as p on p.company_id = p_company_id
    left join lateral erp_internal.item_by_id(p_company_id, r.item_id) as i on true
    left join lateral erp_internal.item_variant_by_id(p_company_id, r.item_variant_id) as v on true
    left join lateral erp_internal.warehouse_by_id(p_company_id, r.warehouse_id) as w on true
    left join lateral erp_internal.location_by_id(p_company_id, r.location_id) as l on true
    left join lateral (
        select t.lot_code
        from erp.lot as t
        where t.company_id = p_company_id and t.lot_id = r.lot_id
        union all
        -- of a lot that is still to be made, detail is the code
        select r.detail
        where r.lot_id < 0
        offset 0
    ) as t on true
    group by r.ordinal;
end;
$$;
