-- Trigger function: rows that tell what a release did with its order are written by runs only (R34, R35). Runs set
-- their write mode before they write such rows.
-- Errors: PR002.
create or replace function erp_internal.protect_facts()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    if erp_internal.write_mode() = '' then
        perform erp_internal.refuse_by_hand(
            tg_table_schema, tg_table_name,
            format('Rows of %s are written by runs alone: they tell what a release did of its order.', tg_table_name),
            'Release the order.'
        );
    end if;
    return null;
end;
$$;
