-- Sets the write mode for the rest of the transaction (R20), and returns the mode before, so that it can be set back.
-- p_mode: run while a run writes, maintenance for the owner, or empty for none.
-- Errors: 22023 for another mode.
create or replace function erp_internal.set_write_mode(p_mode text)
returns text
language plpgsql
volatile
as $$
declare
    v_before constant text := erp_internal.write_mode();
begin
    if p_mode is null or p_mode not in ('run', 'maintenance', '') then
        raise exception using
            errcode = '22023',
            message = pg_catalog.format('There is no write mode %s.', coalesce(p_mode, 'null')),
            hint = 'Write modes are run and maintenance; empty is none.';
    end if;
    perform pg_catalog.set_config(
        'erp.write_mode', case p_mode when '' then '' else p_mode || ' ' || pg_catalog.pg_current_xact_id() end, true
    );
    return v_before;
end;
$$;
