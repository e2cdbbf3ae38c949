-- Sets the transaction-local door through which runs change protected rows (R20) and answers how it stood, so that
-- whoever opened it can put it back.
create or replace function erp_internal.set_door(p_state text)
returns text
language plpgsql
volatile
as $$
declare
    v_before constant text := coalesce(pg_catalog.current_setting('erp.maintenance', true), '');
begin
    perform pg_catalog.set_config('erp.maintenance', p_state, true);
    return v_before;
end;
$$;
