-- Trigger function: rows that tell what a release did with its order are written by runs only (R34, R35), and so are,
-- with the argument 'of a document', those that tell which stock documents were posted. Runs set their write mode
-- before they write such rows.
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
            format(
                'Rows of %s are written by runs alone: they tell what %s.', tg_table_name,
                case when tg_argv[0] = 'of a document' then 'was posted' else 'a release did of its order' end
            ),
            case when tg_argv[0] = 'of a document' then 'Use erp_api.post_stock.' else 'Release the order.' end
        );
    end if;
    return null;
end;
$$;
