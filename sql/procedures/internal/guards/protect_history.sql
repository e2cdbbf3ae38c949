-- Trigger function: rows that runs wrote stay as they were written (R34, R35, R37, R61). Its argument is 'of an order'
-- for what restore will need, 'of a document' for what was posted.
-- Errors: PR002.
create or replace function erp_internal.protect_history()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    if erp_internal.write_mode() = '' and exists (select from old_rows) then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            format('Rows of %s are written by runs, and stay as they were written.', tg_table_name),
            case tg_argv[0]
                when 'of an order' then 'Restore the order before you change what it was released with.'
                when 'of a document' then 'Use erp_api.remove_stock to take a document back.'
                else 'Request keys are forgotten by erp_api.prune_request_keys, old runs archived by'
                    || ' erp_api.archive_history.'
            end
        );
    end if;
    return null;
end;
$$;
