-- Refuses an argument that is no list of what a call takes: null or empty, too long, or an array that is no plain list,
-- of several dimensions, or counted from another number than 1. p_name: the argument; p_what: its elements, in plural.
-- Errors: 22023.
create or replace function erp_internal.assert_list(p_name text, p_what text, p_list anyarray)
returns void
language plpgsql
immutable
as $$
declare
    c_most constant integer := 200000;
begin
    if coalesce(pg_catalog.cardinality(p_list), 0) = 0 then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('%s is null or empty.', p_name),
            hint = pg_catalog.format('Pass an array of %s.', p_what);
    elsif pg_catalog.array_ndims(p_list) <> 1 or pg_catalog.array_lower(p_list, 1) <> 1 then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('%s is no list of %s: its dimensions are %s.',
                p_name, p_what, pg_catalog.array_dims(p_list)),
            hint = 'Pass an array of one dimension that is counted from 1.';
    elsif pg_catalog.cardinality(p_list) > c_most then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('%s has %s %s; a call takes at most %s.',
                p_name, pg_catalog.cardinality(p_list), p_what, c_most),
            hint = 'Split the call.';
    end if;
end;
$$;
