-- Returns the ids of a call, each once, at its first position (R7).
-- Errors: 22023 if the array is null, empty or too long, contains null, has several dimensions or does not begin at 1.
create or replace function erp_internal.distinct_ids(p_name text, p_ids bigint[])
returns bigint[]
language plpgsql
immutable
as $$
declare
    c_maximum constant integer := 200000;
begin
    if coalesce(pg_catalog.cardinality(p_ids), 0) = 0 then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('%s is null or empty.', p_name),
            hint = 'Pass an array of at least one id.';
    elsif pg_catalog.array_ndims(p_ids) <> 1 or pg_catalog.array_lower(p_ids, 1) <> 1 then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('%s is no list of ids: its dimensions are %s.',
                p_name, pg_catalog.array_dims(p_ids)),
            hint = 'Pass an array of one dimension that is counted from 1.';
    elsif pg_catalog.cardinality(p_ids) > c_maximum then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('%s has %s ids; a call takes at most %s.',
                p_name, pg_catalog.cardinality(p_ids), c_maximum),
            hint = 'Split the call.';
    elsif exists (select from unnest(p_ids) as a (id) where a.id is null) then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('%s contains null.', p_name),
            hint = 'Leave out what has no id.';
    end if;
    return array(
        select a.id
        from unnest(p_ids) with ordinality as a (id, ordinal)
        group by a.id
        order by pg_catalog.min(a.ordinal)
    );
end;
$$;
