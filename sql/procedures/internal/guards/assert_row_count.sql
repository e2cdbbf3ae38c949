-- Ends the call if what it finds is not what it counts on: other rows than were locked have come into being, or a
-- statement has written fewer rows than were planned, since another call has changed them. Errors: 40001.
create or replace function erp_internal.assert_row_count(p_expected_count bigint, p_count bigint)
returns void
language plpgsql
immutable
as $$
begin
    if p_count is distinct from p_expected_count then
        raise exception using
            errcode = '40001',
            message = 'What was asked for has been changed by another call meanwhile.',
            hint = 'Send the call again.';
    end if;
end;
$$;
