-- requires: internal/door
-- Opens a door to protected rows for the rest of the transaction (R20), or closes it, and answers which one stood open,
-- so that whoever opened it can put it back. p_door: run, maintenance (for the owner, by hand), or empty for none.
create or replace function erp_internal.set_door(p_door text)
returns text
language plpgsql
volatile
as $$
declare
    v_before constant text := erp_internal.door();
begin
    if p_door is null or p_door not in ('run', 'maintenance', '') then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('There is no door %s.', coalesce(p_door, 'null')),
            hint = 'Doors are run and maintenance; empty is none.';
    end if;
    perform pg_catalog.set_config(
        'erp.door', case p_door when '' then '' else p_door || ' ' || pg_catalog.pg_current_xact_id() end, true
    );
    return v_before;
end;
$$;
