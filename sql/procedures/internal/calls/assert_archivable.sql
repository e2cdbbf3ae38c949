-- Refuses a moment before which history is not archived: none, and one of the last day, when a call may still go on or
-- be sent again. Errors: 22023.
create or replace function erp_internal.assert_archivable(p_before timestamptz)
returns void
language plpgsql
stable
as $$
begin
    if p_before is null or p_before > pg_catalog.now() - interval '1 day' then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('p_before is %s; it takes a moment that is more than a day ago.',
                coalesce(p_before::text, 'null')),
            hint = 'Keep history for as long as people and programs ask for it.';
    end if;
end;
$$;
