-- Ends the call over a code that stands in no catalog of sentences: what cannot be told is an error, never left out.
-- Errors: XX000.
create or replace function erp_internal.raise_unknown_code(p_code text)
returns text
language plpgsql
stable
as $$
begin
    raise exception using
        errcode = 'XX000',
        message = pg_catalog.format('Code %L stands in no catalog of sentences.', p_code),
        hint = 'Nothing was changed. This is an error of the product: report it with the call.';
end;
$$;
