-- Returns the keys of a call, each once, at its first position (R7).
-- Errors: 22023 if the array is null, empty or too long, contains null, has several dimensions or does not begin at 1.
create or replace function erp_internal.distinct_keys(p_name text, p_keys text[])
returns text[]
language plpgsql
immutable
as $$
begin
    perform erp_internal.assert_list(p_name, 'keys', p_keys);
    if exists (select from unnest(p_keys) as a (key) where a.key is null) then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('%s contains null.', p_name),
            hint = 'Leave out what has no key.';
    end if;
    return array(
        select a.key
        from unnest(p_keys) with ordinality as a (key, ordinal)
        group by a.key
        order by pg_catalog.min(a.ordinal)
    );
end;
$$;
