-- Trigger function: refuses truncate, which fires no trigger for rows. Errors: PR002.
create or replace function erp_internal.refuse_truncate()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    raise exception using
        errcode = 'PR002',
        message = format('Table %s cannot be truncated: stock and its history would no longer agree.', tg_table_name),
        hint = 'Delete the rows instead.',
        schema = tg_table_schema,
        table = tg_table_name;
end;
$$;
