-- The parameters have other names since.
create or replace function erp_internal.assert_row_count(p_wanted bigint, p_found bigint)
returns void
language plpgsql
immutable
as $$
begin
    if p_found is distinct from p_wanted then
        raise exception using errcode = '40001', message = 'Something else came first.';
    end if;
end;
$$;
