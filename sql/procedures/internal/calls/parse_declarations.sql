-- Reads the declarations of a call from their JSON (see erp_api.declare_production).
-- Errors: 22023, naming the element, for anything but an array of such objects.
create or replace function erp_internal.parse_declarations(p_declarations jsonb)
returns setof erp_internal.declared_element
language plpgsql
stable
as $$
declare
    c_maximum constant integer := 200000;
    c_longest_code constant integer := 200;
    c_keys constant text [] := array[
        'order_id', 'phase', 'sub_phase', 'kind', 'declared_at', 'good_quantity', 'scrap_quantity', 'lot_code', 'note'
    ];
    v_wrong record;
begin
    if p_declarations is null or pg_catalog.jsonb_typeof(p_declarations) <> 'array' or p_declarations = '[]' then
        raise exception using
            errcode = '22023',
            message = 'p_declarations is null, empty or no JSON array.',
            hint = 'Pass an array of at least one object.';
    elsif pg_catalog.jsonb_array_length(p_declarations) > c_maximum then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format(
                'p_declarations has %s elements; a call takes at most %s.',
                pg_catalog.jsonb_array_length(p_declarations), c_maximum
            ),
            hint = 'Split the call.';
    end if;

    -- every value as text, null where absent or null
    select w.ordinal, w.what
    into v_wrong
    from (
        select e.ordinal, 0 as sort_order, 'is no object' as what
        from pg_catalog.jsonb_array_elements(p_declarations) with ordinality as e (element, ordinal)
        where pg_catalog.jsonb_typeof(e.element) <> 'object'
        union all
        select
            e.ordinal,
            1,
            case
                when k.key <> all (c_keys) then pg_catalog.format('has the unknown key %s', k.key)
                else pg_catalog.format('has a wrong %s', k.key)
            end
        from pg_catalog.jsonb_array_elements(p_declarations) with ordinality as e (element, ordinal)
        cross join lateral pg_catalog.jsonb_each(
            case pg_catalog.jsonb_typeof(e.element) when 'object' then e.element else '{}' end
        ) as k (key, value)
        cross join lateral (
            select pg_catalog.jsonb_typeof(k.value) as type, k.value #>> '{}' as text
        ) as v
        where
            v.type <> 'null'
            and case k.key
                when 'order_id'
                    then v.type <> 'number'
                        or v.text::numeric not between -9223372036854775808 and 9223372036854775807
                        or v.text::numeric <> pg_catalog.trunc(v.text::numeric)
                when 'phase'
                    then v.type <> 'number' or v.text::numeric not between -2147483648 and 2147483647
                        or v.text::numeric <> pg_catalog.trunc(v.text::numeric)
                when 'sub_phase'
                    then v.type <> 'number' or v.text::numeric not between -2147483648 and 2147483647
                        or v.text::numeric <> pg_catalog.trunc(v.text::numeric)
                when 'kind'
                    then v.type <> 'string'
                        or v.text not in ('opening', 'suspension', 'resume', 'progress', 'closing')
                when 'declared_at' then v.type <> 'string' or erp_internal.parse_timestamp(v.text) is null
                when 'good_quantity'
                    then v.type <> 'number' or v.text::numeric < 0 or v.text::numeric >= 1e15
                        or v.text::numeric > 0 and coalesce(e.element ->> 'kind', '') not in ('progress', 'closing')
                when 'scrap_quantity'
                    then v.type <> 'number' or v.text::numeric < 0 or v.text::numeric >= 1e15
                        or v.text::numeric > 0 and coalesce(e.element ->> 'kind', '') not in ('progress', 'closing')
                when 'lot_code' then v.type <> 'string' or pg_catalog.length(v.text) not between 1 and c_longest_code
                when 'note' then v.type <> 'string'
                else true
            end
        union all
        select e.ordinal, 2, pg_catalog.format('has no %s', k.key)
        from pg_catalog.jsonb_array_elements(p_declarations) with ordinality as e (element, ordinal)
        cross join unnest(array['order_id', 'phase', 'kind']) as k (key)
        where e.element ->> k.key is null
    ) as w
    order by w.ordinal, w.sort_order, w.what
    limit 1;
    if found then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('Element %s of p_declarations %s.', v_wrong.ordinal, v_wrong.what),
            hint = 'The comment on erp_api.declare_production tells the keys and their values.';
    end if;

    return query
    select
        e.ordinal::integer,
        (e.element ->> 'order_id')::numeric::bigint as order_id,
        (e.element ->> 'phase')::numeric::integer as phase,
        coalesce((e.element ->> 'sub_phase')::numeric::integer, 0) as sub_phase,
        e.element ->> 'kind' as kind,
        case
            when e.element ->> 'declared_at' is null then pg_catalog.now()
            else erp_internal.parse_timestamp(e.element ->> 'declared_at')
        end as declared_at,
        coalesce((e.element ->> 'good_quantity')::numeric, 0) as good_quantity,
        coalesce((e.element ->> 'scrap_quantity')::numeric, 0) as scrap_quantity,
        e.element ->> 'lot_code' as lot_code,
        e.element ->> 'note' as note
    from pg_catalog.jsonb_array_elements(p_declarations) with ordinality as e (element, ordinal);
end;
$$;
