-- Refuses a change of the tables by hand (R20), with advice and with the way for maintenance. Errors: PR002.
create or replace function erp_internal.refuse_by_hand(
    p_schema_name text, p_table_name text, p_message text, p_advice text, p_column_name text default ''
)
returns void
language plpgsql
stable
as $$
begin
    raise exception using
        errcode = 'PR002',
        message = p_message,
        hint = p_advice || ' For maintenance: select erp_internal.set_write_mode(''maintenance'').',
        schema = p_schema_name,
        table = p_table_name,
        column = p_column_name;
end;
$$;
