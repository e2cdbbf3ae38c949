-- Raises XX000 for a code that is in no catalog of sentences: what has no sentence is an error, never left out.
create or replace function erp_internal.raise_unknown_code(p_code text)
returns text
language plpgsql
stable
as $$
begin
    raise exception using
        errcode = 'XX000',
        message = pg_catalog.format('Code %L is in no catalog of sentences.', p_code),
        hint = 'Nothing was changed. This is an error of the product: report it with the call.';
end;
$$;
