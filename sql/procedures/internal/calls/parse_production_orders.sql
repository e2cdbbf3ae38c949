-- Takes the documents of a put apart (see erp_api.put_production_orders): the orders, their phases, materials and lots,
-- each as it was sent (sent_row).
-- Errors: 22023 for anything but an array of objects, or too many of them.
create or replace function erp_internal.parse_production_orders(
    p_orders jsonb,
    out orders erp_internal.sent_row[],
    out phases erp_internal.sent_row[],
    out materials erp_internal.sent_row[],
    out lots erp_internal.sent_row[],
    out faults erp_internal.cell_fault[]
)
language plpgsql
immutable
as $$
declare
    c_most_orders constant integer := 200000;
    c_most_children constant integer := 2000000;
    v_ordinal bigint;
    v_count bigint;
    v_taken record;
begin
    if p_orders is null or pg_catalog.jsonb_typeof(p_orders) <> 'array' or p_orders = '[]' then
        raise exception using
            errcode = '22023',
            message = 'p_orders is null, empty or no JSON array.',
            hint = 'Pass an array of at least one object.';
    elsif pg_catalog.jsonb_array_length(p_orders) > c_most_orders then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format(
                'p_orders has %s elements; a call takes at most %s.',
                pg_catalog.jsonb_array_length(p_orders), c_most_orders
            ),
            hint = 'Split the call.';
    end if;
    orders := array(
        select r::erp_internal.sent_row
        from (
            select
                e.ordinal::integer as ordinal,
                null::integer as parent,
                null::integer as place,
                e.element as cells
            from pg_catalog.jsonb_array_elements(p_orders) with ordinality as e (element, ordinal)
        ) as r
    );
    select o.ordinal
    into v_ordinal
    from unnest(orders) as o
    where pg_catalog.jsonb_typeof(o.cells) <> 'object'
    limit 1;
    if found then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('Element %s of p_orders is no object.', v_ordinal),
            hint = 'The comment on erp_api.put_production_orders tells what an element holds.';
    end if;

    v_count := erp_internal.list_length(orders, 'phases') + erp_internal.list_length(orders, 'materials');
    if v_count <= c_most_children then
        v_taken := erp_internal.take_list(orders, 'materials');
        materials := v_taken.elements;
        faults := v_taken.faults;
        v_count := v_count + erp_internal.list_length(materials, 'material_lots');
    end if;
    if v_count > c_most_children then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format(
                'p_orders has %s phases, materials and lots; a call takes at most %s.', v_count, c_most_children
            ),
            hint = 'Split the call.';
    end if;
    v_taken := erp_internal.take_list(orders, 'phases');
    phases := v_taken.elements;
    faults := faults || v_taken.faults;
    v_taken := erp_internal.take_list(materials, 'material_lots');
    lots := v_taken.elements;
    faults := faults || v_taken.faults;
    orders := erp_internal.without_lists(orders, array['phases', 'materials']);
    materials := erp_internal.without_lists(materials, array['material_lots']);
end;
$$;
