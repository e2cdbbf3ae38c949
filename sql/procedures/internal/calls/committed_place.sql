-- Returns up to which place the feed of a company may be read: what a transaction numbers itself, it does not read,
-- since it may still be undone, and then be numbered otherwise. Of a company that came from another database, nobody
-- here has numbered anything.
create or replace function erp_internal.committed_place(p_company_id integer)
returns bigint
language sql
stable
begin atomic
    select
        coalesce(
            pg_catalog.max(
                case
                    when c.numbered_by = pg_catalog.pg_current_xact_id_if_assigned()
                        then c.place_before
                    else c.last_place
                end
            ),
            0
        )
    from erp.run_place_counter as c
    where c.company_id = p_company_id;
end;
