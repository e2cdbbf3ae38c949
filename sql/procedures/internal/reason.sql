-- requires: internal/message_catalog
-- One reason as clients get it: a stable code and a sentence in the language of erp.language (R63).
create or replace function erp_internal.reason(
    p_code text,
    p_order text,
    p_item_code text default null,
    p_variant_code text default null,
    p_warehouse_code text default null,
    p_lot_code text default null,
    p_required numeric default null,
    p_available numeric default null,
    p_uom text default null,
    p_detail text default null
)
returns jsonb
language plpgsql
stable
as $$
declare
    v_message text;
    v_hint text;
begin
    select m.message, m.hint
    into strict v_message, v_hint
    from erp_internal.message_catalog() as m
    where m.code = p_code
    order by m.language = pg_catalog.current_setting('erp.language', true) desc nulls last, m.language
    limit 1;
    return pg_catalog.jsonb_build_object(
        'code', p_code,
        'message', pg_catalog.format(
            v_message, p_order,
            p_item_code || coalesce('/' || p_variant_code, ''), p_warehouse_code,
            coalesce(' (' || p_lot_code || ')', ''), pg_catalog.trim_scale(p_required),
            pg_catalog.trim_scale(p_available), p_uom, p_detail
        ),
        'item_code', p_item_code,
        'variant_code', p_variant_code,
        'warehouse_code', p_warehouse_code,
        'lot_code', p_lot_code,
        'required', pg_catalog.trim_scale(p_required),
        'available', pg_catalog.trim_scale(p_available),
        'hint', v_hint
    );
end;
$$;
