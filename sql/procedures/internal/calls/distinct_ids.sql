-- Returns the ids of a call, each once, at its first position (R7).
-- Errors: 22023 if the array is null, empty or too long, contains null, has several dimensions or does not begin at 1.
create or replace function erp_internal.distinct_ids(p_name text, p_ids bigint[])
returns bigint[]
language plpgsql
immutable
as $$
begin
    perform erp_internal.assert_list(p_name, 'ids', p_ids);
    if exists (select from unnest(p_ids) as a (id) where a.id is null) then
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
