-- requires: internal/reason
-- Puts refusals into words: for each ordinal that has any, its JSON array of reasons, by row.
create or replace function erp_internal.worded_reasons(p_company_id integer, p_refusals erp_internal.refusal[])
returns table (ordinal integer, reasons jsonb)
language plpgsql
stable
set enable_nestloop = on
as $$
#variable_conflict use_column
begin
    return query
    select
        r.ordinal,
        pg_catalog.jsonb_agg(
            erp_internal.reason(
                r.code, r.order_label, i.item_code, v.variant_code, w.warehouse_code,
                coalesce(t.lot_code, case when r.lot_id < 0 then r.detail end), r.required, r.available, i.uom, r.detail
            )
            order by r.line nulls first, o.place, w.warehouse_code, t.lot_code
        )
    from unnest(p_refusals) as r
    inner join unnest(
        array[
            'order_not_found', 'declaration_not_found', 'order_not_launched', 'already_registered', 'not_registered',
            'order_not_executive', 'order_closed', 'phase_unknown', 'phase_not_productive', 'sequence_broken',
            'over_production', 'period_closed', 'declarations_exist', 'mrp_parameters_missing', 'warehouse_unresolved',
            'warehouse_expired', 'reason_unusable', 'lot_required', 'lot_unavailable', 'insufficient_stock',
            'later_stock_negative', 'counterpart_stock_used', 'split_not_possible', 'zero_feasible_quantity'
        ]
    ) with ordinality as o (code, place) on o.code = r.code
    left join erp.item as i on i.company_id = p_company_id and i.item_id = r.item_id
    left join erp.item_variant as v on v.company_id = p_company_id and v.item_variant_id = r.item_variant_id
    left join erp.warehouse as w on w.company_id = p_company_id and w.warehouse_id = r.warehouse_id
    left join erp.lot as t on t.company_id = p_company_id and t.lot_id = r.lot_id
    group by r.ordinal;
end;
$$;
