-- Reads the rows of a call from their JSON (see erp_api.put_data), in the order in which kinds are served (R72: those
-- that are named first), and within a kind in the order of the array. Of company the key is the caller's own.
-- Errors: 22023, naming kind and row, for anything but an object of arrays of objects.
create or replace function erp_internal.parse_data(p_company_id integer, p_data jsonb)
returns setof erp_internal.data_element
language plpgsql
stable
set enable_nestloop = off
as $$
declare
    c_most constant integer := 200000;
    v_wrong text;
    v_count bigint;
begin
    if p_data is null or pg_catalog.jsonb_typeof(p_data) <> 'object' then
        v_wrong := 'p_data is null or no JSON object.';
    else
        select
            case
                when k.kind is null then pg_catalog.format('p_data has the unknown key %s.', pg_catalog.left(d.key, 60))
                else pg_catalog.format('%s of p_data is no JSON array.', d.key)
            end
        into v_wrong
        from pg_catalog.jsonb_each(p_data) as d
        left join erp_internal.put_kinds() as k on k.kind = d.key
        where k.kind is null or pg_catalog.jsonb_typeof(d.value) <> 'array'
        order by d.key
        limit 1;
    end if;
    if v_wrong is not null then
        raise exception using
            errcode = '22023',
            message = v_wrong,
            hint = 'Pass an object with an array of objects for each kind, such as {"item": [{"item_code": "X"}]}.';
    end if;

    select pg_catalog.sum(pg_catalog.jsonb_array_length(d.value))
    into v_count
    from pg_catalog.jsonb_each(p_data) as d;
    if coalesce(v_count, 0) not between 1 and c_most then
        raise exception using
            errcode = '22023',
            message = case
                when v_count > 0
                    then pg_catalog.format('p_data has %s rows; a call takes at most %s.', v_count, c_most)
                else 'p_data has no row.'
            end,
            hint = case when v_count > 0 then 'Split the call.' else 'Pass a row of a kind.' end;
    end if;

    select pg_catalog.format('Row %s of %s is no JSON object.', e.place, d.key)
    into v_wrong
    from pg_catalog.jsonb_each(p_data) as d
    cross join lateral pg_catalog.jsonb_array_elements(d.value) with ordinality as e (cells, place)
    where pg_catalog.jsonb_typeof(e.cells) <> 'object'
    order by d.key, e.place
    limit 1;
    if v_wrong is not null then
        raise exception using errcode = '22023', message = v_wrong, hint = 'Pass an object of columns and values.';
    end if;

    return query
    select
        (pg_catalog.row_number() over (order by k.turn, e.place))::integer as ordinal,
        k.kind,
        e.place::integer as place,
        case
            when k.kind = 'company'
                then (
                    select pg_catalog.jsonb_build_object('company_code', c.company_code)
                    from erp.company as c
                    where c.company_id = p_company_id
                )
            else (
                select
                    pg_catalog.jsonb_object_agg(
                        c.name,
                        case
                            when v.cell is null then null::jsonb
                            when c.name = any (k.number_columns) and v.cell ~ '^[+-]?[0-9]{1,18}$'
                                then pg_catalog.to_jsonb(v.cell::bigint)
                            else pg_catalog.to_jsonb(pg_catalog.left(v.cell, 500))
                        end
                    )
                from unnest(k.key_columns) as c (name)
                cross join lateral (select nullif(e.cells ->> c.name, '') as cell) as v
            )
        end as key,
        pg_catalog.lower(e.cells ->> 'delete') is not distinct from 'true' as deletion,
        e.cells
    from pg_catalog.jsonb_each(p_data) as d
    inner join erp_internal.put_kinds() as k on k.kind = d.key
    cross join lateral pg_catalog.jsonb_array_elements(d.value) with ordinality as e (cells, place);
end;
$$;
