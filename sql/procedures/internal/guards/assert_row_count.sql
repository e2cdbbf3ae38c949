-- Raises 40001 unless the number of rows is the expected one: other rows have been made than were locked, or a
-- statement has written fewer rows than were planned, because another call has changed them.
create or replace function erp_internal.assert_row_count(p_expected_count bigint, p_count bigint)
returns void
language plpgsql
immutable
as $$
begin
    if p_count is distinct from p_expected_count then
        raise exception using
            errcode = '40001',
            message = 'What this call works on has been changed by another call meanwhile.',
            hint = 'Send the call again.';
    end if;
end;
$$;
