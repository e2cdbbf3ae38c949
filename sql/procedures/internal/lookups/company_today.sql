-- Returns today of a company: in its time zone, or where it has none in that of the session (R18). It is the day on
-- which the transaction began. What day it is is asked nowhere else. A view calls it for the reader's companies only.
create or replace function erp_internal.company_today(p_company_id integer)
returns date
language plpgsql
stable
parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return erp_internal.day_in(
        now(),
        (
            select p.time_zone
            from erp.production_parameter as p
            where p.company_id = p_company_id
        )
    );
end;
$$;
