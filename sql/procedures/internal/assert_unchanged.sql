-- Ends the call if a statement has not written all the rows that were planned: what was not there to be locked came
-- into being, and was changed, between its statements. Errors: 40001.
create or replace function erp_internal.assert_unchanged(p_planned bigint, p_written bigint)
returns void
language plpgsql
immutable
as $$
begin
    if p_written is distinct from p_planned then
        raise exception using
            errcode = '40001',
            message = 'What was asked for has been changed by another call meanwhile.',
            hint = 'Send the call again.';
    end if;
end;
$$;
